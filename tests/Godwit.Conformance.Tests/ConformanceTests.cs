using Godwit.Conformance.Checks;
using Godwit.Conformance.Running;
using Godwit.Conformance.Statements;
using Godwit.Conformance.Tests.Mutants;

namespace Godwit.Conformance.Tests;

/// <summary>The kit against Godwit, and against brokers with a fault each: a check that cannot fail shows nothing.</summary>
public sealed class ConformanceTests(BrokerCells cells)
{
    private static readonly RunOptions Options = new() { Patience = TimeLimits.Event };

    /// <summary>Check by mutant that has to trip it.</summary>
    public static TheoryData<string, string> Pairs() => [.. MutantList.All.SelectMany(mutant => mutant.Trips.Select(check => (check, mutant.Name)))];

    [Theory]
    [InlineData(BrokerCell.OneLoopEpoll)]
    [InlineData(BrokerCell.FourLoopsSockets)]
    public async Task Godwit_passes_every_check(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var results = await ConformanceRun.RunAsync("127.0.0.1", broker.Port, Options, cancellation: TestContext.Current.CancellationToken);
        var failed = results.Where(result => result.Outcome == CheckOutcome.Failed);
        Assert.Empty(failed.Select(result => $"{result.Check}: {result.Detail}{Environment.NewLine}{string.Join(Environment.NewLine, result.Transcript)}"));
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Check_fails_against_its_mutant(string check, string mutant)
    {
        var broker = await cells.GetAsync(BrokerCell.OneLoopEpoll);
        var facts = await ConformanceRun.ReadFactsAsync(broker.Address);
        await using var proxy = new MutantProxy(broker.Port, MutantList.All.Single(each => each.Name == mutant).CreateLink);
        var address = new BrokerAddress("127.0.0.1", proxy.Port, TimeSpan.FromMilliseconds(700));
        var result = await ConformanceRun.RunAsync(CheckList.All.Single(each => each.Id == check), address, facts);
        Assert.Equal(CheckOutcome.Failed, result.Outcome);
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
