namespace Godwit.Fuzz;

/// <summary>One thing that is fed with bytes. A finding is any exception out of <see cref="Run"/>.</summary>
internal interface IFuzzTarget
{
    /// <summary>As named on the command line.</summary>
    string Name { get; }

    /// <summary>Feeds one input to a fresh instance of what is fuzzed; the same bytes do the same each time.</summary>
    void Run(ReadOnlySpan<byte> input);

    /// <summary>Inputs to start from, made of the wire samples of the protocol tests.</summary>
    IEnumerable<byte[]> Seeds();
}
