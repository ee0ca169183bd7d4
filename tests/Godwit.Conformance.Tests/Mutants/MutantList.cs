namespace Godwit.Conformance.Tests.Mutants;

/// <summary>All mutants, by theme.</summary>
internal static class MutantList
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        .. PingMutants.All,
    ];
}
