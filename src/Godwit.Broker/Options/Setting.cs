namespace Godwit.Broker.Options;

/// <summary>One setting: its name, what is allowed, and how it gets into the options.</summary>
/// <param name="Path">The name in configuration, for example <c>Limits:ReceiveMaximum</c>.</param>
/// <param name="Default">The default as one would write it.</param>
/// <param name="Allowed">What is allowed, for people.</param>
/// <param name="Description">What it does, one sentence.</param>
internal sealed record Setting(string Path, string Default, string Allowed, string Description)
{
    /// <summary>Puts the text into the options; null when it is not allowed.</summary>
    public required Func<BrokerOptions, string, BrokerOptions?> Parse { get; init; }

    /// <summary>The text of a value that is out of bounds in options made by code; null when all is well.</summary>
    public Func<BrokerOptions, string?> Check { get; init; } = _ => null;
}
