using Godwit.Conformance.Checks;
using Godwit.Conformance.Statements;

namespace Godwit.Conformance.Tests;

/// <summary>No statement is forgotten.</summary>
public sealed class CoverageTests
{
    [Fact]
    public void Each_statement_that_binds_a_server_has_a_check_or_a_reason()
    {
        var covered = CheckList.All.SelectMany(check => check.Statements.Select(id => (check.Version, id))).ToHashSet();
        var gaps = StatementList.All.Where(each => each.BindsServer && !covered.Contains((each.Version, each.Id)) && !NotObservable.Reasons.ContainsKey((each.Version, each.Id)));
        Assert.Empty(gaps.Select(each => $"{each.Version} {each.Id}: {each.Requirement}"));
        Assert.Empty(NotObservable.Reasons.Keys.Intersect(covered));
        Assert.All(NotObservable.Reasons.Keys, key => Assert.NotNull(StatementList.Find(key.Version, key.Id)));
    }
}
