using Godwit.Conformance.Checks;
using Godwit.Conformance.Running;
using Godwit.Conformance.Statements;
using Godwit.Conformance.Tests.Mutants;

namespace Godwit.Conformance.Tests;

/// <summary>The kit against Godwit, and against brokers with a fault each: a check that cannot fail shows nothing.</summary>
[Collection(OneRunAtATime.Name)]
public sealed class ConformanceTests(BrokerCells cells, KitRuns runs)
{
    /// <summary>The mutants by name.</summary>
    public static TheoryData<string> MutantNames() => [.. MutantList.All.Select(mutant => mutant.Name)];

    [Theory]
    [InlineData(BrokerCell.OneLoopEpoll)]
    [InlineData(BrokerCell.FourLoopsSockets)]
    public async Task Godwit_passes_every_check(BrokerCell cell)
    {
        var results = await runs.GetAsync(cells, cell);
        var failed = results.Where(result => result.Outcome == CheckOutcome.Failed);
        Assert.Empty(failed.Select(result => $"{result.Check}: {result.Detail}{Environment.NewLine}{string.Join(Environment.NewLine, result.Transcript)}"));
    }

    [Fact]
    public async Task Godwit_passes_every_check_through_a_proxy_that_changes_nothing()
    {
        // What fails behind a mutant fails over its fault.
        var broker = await cells.GetAsync(BrokerCell.OneLoopEpoll);
        await using var proxy = new MutantProxy(broker.Port, () => new MutantLink());
        var results = await ConformanceRun.RunAsync("127.0.0.1", proxy.Port, KitRuns.Options, cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(results.Where(result => result.Outcome == CheckOutcome.Failed).Select(result => $"{result.Check}: {result.Detail}"));
    }

    [Theory, MemberData(nameof(MutantNames))]
    public async Task Checks_fail_against_their_mutant(string name)
    {
        var mutant = MutantList.All.Single(each => each.Name == name);
        var broker = await cells.GetAsync(BrokerCell.OneLoopEpoll);
        var facts = await ConformanceRun.ReadFactsAsync(broker.Address);
        await using var proxy = new MutantProxy(broker.Port, mutant.CreateLink);
        var address = new BrokerAddress("127.0.0.1", proxy.Port, mutant.Patience);
        var checks = CheckList.All.Where(check => mutant.Trips.Contains(check.Id));
        var survived = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(checks, new ParallelOptions { MaxDegreeOfParallelism = KitRuns.Options.Parallelism }, async (check, _) =>
        {
            var result = await ConformanceRun.RunAsync(check, address, facts);
            if (result.Outcome != CheckOutcome.Failed)
            {
                survived.Add($"{check}: {result.Outcome} {result.Detail}");
            }
        });
        Assert.Empty(survived.Order());
    }

    [Fact]
    public void Each_check_has_a_mutant_that_trips_it()
    {
        var tripped = MutantList.All.SelectMany(mutant => mutant.Trips).ToHashSet();
        Assert.All(CheckList.All, check => Assert.True(tripped.Contains(check.Id), $"no mutant trips {check.Id}"));
        Assert.Empty(tripped.Except(CheckList.All.Select(check => check.Id)));
    }

    [Fact]
    public void Names_are_unique_and_statements_exist()
    {
        Assert.Equal(CheckList.All.Count, CheckList.All.Select(check => check.Id).Distinct().Count());
        Assert.Empty(CheckList.All.SelectMany(check => check.Statements.Where(id => StatementList.Find(check.Version, id) is null).Select(id => $"{check}: {id}")));
        Assert.Equal(MutantList.All.Count, MutantList.All.Select(mutant => mutant.Name).Distinct().Count());
    }
}
