using Godwit.Conformance.Running;
using Godwit.Conformance.Statements;
using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Reports;

/// <summary>The results of one section of a standard.</summary>
/// <param name="Version">The standard.</param>
/// <param name="Section">The section of the first statement that each check names.</param>
/// <param name="Results">In the order of the checks.</param>
public sealed record SectionSummary(MqttVersion Version, string Section, IReadOnlyList<CheckResult> Results)
{
    /// <summary>How many of the results have this outcome.</summary>
    public int Count(CheckOutcome outcome) => Results.Count(result => result.Outcome == outcome);

    /// <summary>The results by section, in the order of the standards.</summary>
    public static IReadOnlyList<SectionSummary> Of(IEnumerable<CheckResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var places = StatementList.All.Select((statement, index) => (Key: (statement.Version, statement.Section), index)).DistinctBy(each => each.Key).ToDictionary(each => each.Key, each => each.index);
        return
        [
            .. results
                .GroupBy(result => (result.Check.Version, StatementList.Find(result.Check.Version, result.Check.Statements[0])!.Section))
                .OrderBy(group => places[group.Key])
                .Select(group => new SectionSummary(group.Key.Version, group.Key.Section, [.. group])),
        ];
    }
}
