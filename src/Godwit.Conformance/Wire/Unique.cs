namespace Godwit.Conformance.Wire;

/// <summary>Names that no other test of this run uses, so that tests can share a broker.</summary>
public static class Unique
{
    private static readonly string Run = Guid.NewGuid().ToString("N")[..6];
    private static int _last;

    /// <summary>A name that is valid as a client identifier (at most 23 letters and digits) and as a topic level.</summary>
    public static string Name(string prefix = "t") => $"{prefix}{Run}{Interlocked.Increment(ref _last)}";
}
