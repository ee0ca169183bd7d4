using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Godwit.Client.Conformance.Tests;
using Godwit.Conformance.Reports;
using Godwit.Conformance.Running;
using Godwit.Conformance.Statements;
using NotObservable = Godwit.Conformance.Statements.NotObservable;

namespace Godwit.Conformance.Tests.Page;

/// <summary>The text of <c>docs/conformance.md</c>, from both lists of statements, a run of the kit and the tags of the client's tests.</summary>
internal sealed partial class ConformancePage
{
    // More checks than this would make a row that nobody reads: they get a table of their own.
    private const int ChecksInRowMax = 20;

    private const string None = "–";

    private readonly IReadOnlyList<CheckResult> _results;
    private readonly ILookup<(MqttVersion Version, string Id), CheckResult> _byStatement;
    private readonly Dictionary<(string Version, string Id), ClientStatementRow> _clientRows;

    /// <summary>For the results of a run against Godwit.</summary>
    public ConformancePage(IReadOnlyList<CheckResult> results)
    {
        _results = results;
        _byStatement = results.SelectMany(result => result.Check.Statements.Select(id => (Key: (result.Check.Version, id), result))).ToLookup(each => each.Key, each => each.result);
        _clientRows = ClientStatements.Rows().ToDictionary(row => (row.Version, row.Id));
    }

    /// <summary>A row per statement, in the order of the standards. What a row cannot fill is an empty cell.</summary>
    public IReadOnlyList<StatementRow> Rows() => [.. StatementList.All.Select(RowOf)];

    /// <summary>The whole page.</summary>
    public string Write()
    {
        var text = new StringBuilder(ConformancePageText.Head);
        AppendFigures(text);
        text.Append(ConformancePageText.HowToRead);
        var rows = Rows();
        foreach (var version in new[] { MqttVersion.V311, MqttVersion.V50 })
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## MQTT {Report.Name(version)}\n");
            foreach (var chapter in rows.Where(row => row.Statement.Version == version).GroupBy(row => ConformancePageText.ChapterOf(row.Statement)))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n### {chapter.Key}\n\n| statement | what it asks for | binds | checks of the broker | tests of the client | result |\n|---|---|---|---|---|---|\n");
                foreach (var row in chapter)
                {
                    text.Append(CultureInfo.InvariantCulture, $"| {row.Statement.Id} | {row.Requirement} | {row.Side} | {row.Server} | {row.Client} | {row.Result} |\n");
                }
            }
        }

        AppendLongRows(text);
        AppendNotApplicable(text);
        AppendMosquitto(text);
        return text.ToString();
    }

    private static string Inline(string text) => Dollar().Replace(text, "`$0`").Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    // What begins with a dollar is no formula.
    [GeneratedRegex(@"(?<!`)\$[\w/+#{}-]*")]
    private static partial Regex Dollar();

    private static string Word(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Passed => "pass",
        CheckOutcome.Failed => "**fail**",
        _ => "not applicable",
    };

    private static string OutcomeOf(IEnumerable<CheckResult> results)
    {
        var outcomes = results.Select(result => result.Outcome).ToHashSet();
        return Word(outcomes.Contains(CheckOutcome.Failed) ? CheckOutcome.Failed : outcomes.Contains(CheckOutcome.Passed) ? CheckOutcome.Passed : CheckOutcome.NotApplicable);
    }

    private static string Mark(CheckResult result) => result.Outcome == CheckOutcome.Passed ? $"`{result.Check.Name}`" : $"`{result.Check.Name}` ({Word(result.Outcome)})";

    // "SenderTests.Pub_ack_is_sent" is read as "Pub ack is sent (SenderTests)".
    private static string Sentence(string test) => test.Split('.') is [var type, var method] ? $"{method.Replace('_', ' ')} ({type})" : test;

    private StatementRow RowOf(Statement statement)
    {
        var (server, serverResult) = statement.BindsServer ? ServerCells(statement) : (None, "");
        var (client, clientResult) = statement.BindsClient ? ClientCells(statement) : (None, "");
        string side = statement.Side switch { StatementSide.Server => "server", StatementSide.Client => "client", _ => "both" };
        string result = !statement.BindsServer ? clientResult
            : !statement.BindsClient || serverResult == clientResult ? serverResult
            : $"broker: {serverResult}; client: {clientResult}";
        return new StatementRow(statement, Inline(statement.Requirement), side, server, client, result);
    }

    private (string Cell, string Result) ServerCells(Statement statement)
    {
        if (NotObservable.Reasons.TryGetValue((statement.Version, statement.Id), out string? reason))
        {
            return (Inline(reason), "not observable");
        }

        CheckResult[] results = [.. _byStatement[(statement.Version, statement.Id)]];
        return results.Length switch
        {
            0 => ("", ""),
            > ChecksInRowMax => ($"{results.Length} checks: [see below](#{ConformancePageText.AnchorOf(statement)})", OutcomeOf(results)),
            _ => (string.Join("<br>", results.Select(Mark)), OutcomeOf(results)),
        };
    }

    private (string Cell, string Result) ClientCells(Statement statement)
    {
        var row = _clientRows[(Report.Name(statement.Version), statement.Id)];
        return row.Reason is not null ? (Inline(row.Reason), "not observable")
            : row.Tests.Count == 0 ? ("", "")
            : (string.Join("<br>", row.Tests.Select(Sentence)), "pass");
    }

    private void AppendFigures(StringBuilder text)
    {
        text.Append("\n| | 3.1.1 | 5.0 |\n|---|---:|---:|\n");
        Figure("numbered statements", version => StatementList.All.Count(each => each.Version == version));
        Figure("that bind a server", version => Server(version).Count());
        Figure("- with a check, and all applicable ones passed", version => Server(version).Count(each => ServerCells(each).Result == "pass"));
        Figure("- with a check that failed", version => Server(version).Count(each => ServerCells(each).Result == Word(CheckOutcome.Failed)));
        Figure("- whose checks are not applicable to Godwit", version => Server(version).Count(each => ServerCells(each).Result == Word(CheckOutcome.NotApplicable)));
        Figure("- not observable over a network, with the reason", version => Server(version).Count(each => ServerCells(each).Result == "not observable"));
        Figure("that bind a client", version => Client(version).Count());
        Figure("- with a test", version => Client(version).Count(each => ClientCells(each).Result == "pass"));
        Figure("- not observable, with the reason", version => Client(version).Count(each => ClientCells(each).Result == "not observable"));
        Figure("checks of the kit", version => Checks(version).Count());
        Figure("- passed", version => Checks(version).Count(each => each.Outcome == CheckOutcome.Passed));
        Figure("- failed", version => Checks(version).Count(each => each.Outcome == CheckOutcome.Failed));
        Figure("- not applicable", version => Checks(version).Count(each => each.Outcome == CheckOutcome.NotApplicable));

        void Figure(string name, Func<MqttVersion, int> count) =>
            text.Append(CultureInfo.InvariantCulture, $"| {name.Replace("- ", "&emsp;", StringComparison.Ordinal)} | {count(MqttVersion.V311)} | {count(MqttVersion.V50)} |\n");

        static IEnumerable<Statement> Server(MqttVersion version) => StatementList.All.Where(each => each.Version == version && each.BindsServer);
        static IEnumerable<Statement> Client(MqttVersion version) => StatementList.All.Where(each => each.Version == version && each.BindsClient);
        IEnumerable<CheckResult> Checks(MqttVersion version) => _results.Where(result => result.Check.Version == version);
    }

    private void AppendLongRows(StringBuilder text)
    {
        foreach (var statement in StatementList.All)
        {
            CheckResult[] results = [.. _byStatement[(statement.Version, statement.Id)]];
            if (results.Length <= ChecksInRowMax)
            {
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"\n## {ConformancePageText.HeadingOf(statement)}\n\n{ConformancePageText.LongRow}\n\n| check | what it does | result |\n|---|---|---|\n");
            foreach (var result in results)
            {
                text.Append(CultureInfo.InvariantCulture, $"| `{result.Check.Name}` | {Inline(result.Check.Summary)} | {Word(result.Outcome)} |\n");
            }
        }
    }

    private void AppendNotApplicable(StringBuilder text)
    {
        text.Append("\n## Checks that are not applicable\n\nThe broker of the tests lacks what these ask about; the kit makes them where it is there.\n\n| check | what it does | why not here |\n|---|---|---|\n");
        foreach (var result in _results.Where(result => result.Outcome == CheckOutcome.NotApplicable))
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{result.Check.Id}` | {Inline(result.Check.Summary)} | {Inline(result.Detail!)} |\n");
        }
    }

    private void AppendMosquitto(StringBuilder text)
    {
        int failed = MosquittoDifferences.Failed.Count;
        int open = MosquittoDifferences.NotApplicable.Count;
        text.Append(CultureInfo.InvariantCulture, $"\n## The same kit against mosquitto {MosquittoDifferences.Version}\n\n{ConformancePageText.Mosquitto}\n\n")
            .Append(CultureInfo.InvariantCulture, $"{_results.Count - failed - open} passed, {failed} failed, {open} not applicable.\n\n| check | statements | what mosquitto does | verdict |\n|---|---|---|---|\n");
        var checks = _results.ToDictionary(result => result.Check.Id, result => result.Check);
        foreach (var difference in MosquittoDifferences.Failed)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{difference.CheckId}` | {string.Join("<br>", checks[difference.CheckId].Statements)} | {Inline(difference.Observed)} | {(difference.Verdict == MosquittoVerdict.Deviation ? "deviation" : "harmless deviation")} |\n");
        }

        text.Append("\nNot applicable to it:\n\n");
        foreach (var (id, reason) in MosquittoDifferences.NotApplicable)
        {
            text.Append(CultureInfo.InvariantCulture, $"- `{id}`: {Inline(reason)}.\n");
        }
    }
}
