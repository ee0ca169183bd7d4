using Godwit.Conformance.Checks;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Connections that have to end and do not.</summary>
internal static class ClosingMutants
{
    public static readonly Mutant[] All =
    [
        // The checks of which the broker has to end the connection say so at the end of their names.
        new("never-closes", "Ends no connection, whatever it is sent.", () => new NeverCloses(), [.. MustClose(), "5.0/protocol-error-ends-one-connection-alone"]),
        new("stays-behind-its-disconnect", "Says DISCONNECT, and leaves the connection open.", () => new Stays(), "5.0/server-closes-after-its-disconnect"),
    ];

    private static IEnumerable<string> MustClose() =>
        from check in CheckList.All
        where check.Name.EndsWith("-closes", StringComparison.Ordinal) || check.Name.EndsWith("-close", StringComparison.Ordinal) || check.Name.EndsWith("-refused", StringComparison.Ordinal)
        select check.Id;

    private sealed class Stays : MutantLink
    {
        public override bool KeepsOpen => true;
    }
}
