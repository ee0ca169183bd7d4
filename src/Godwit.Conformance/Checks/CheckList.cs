namespace Godwit.Conformance.Checks;

/// <summary>All checks, in the order of the standards.</summary>
public static class CheckList
{
    /// <summary>3.1.1 first, then 5.0.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        .. V311.PingChecks.All,
        .. V50.PingChecks.All,
    ];
}
