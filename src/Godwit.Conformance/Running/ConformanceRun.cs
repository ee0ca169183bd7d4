using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Godwit.Conformance.Checks;
using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Running;

/// <summary>Runs checks against a broker: most at the same time, those that look at the broker as a whole one by one behind.</summary>
public static class ConformanceRun
{
    /// <summary>The checks that the options name, in the order of the standards.</summary>
    public static IReadOnlyList<Check> Select(RunOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return
        [
            .. CheckList.All.Where(check =>
                (options.Version is null || options.Version == check.Version)
                && (options.Only.Count == 0 || options.Only.Any(wanted => Matches(check, wanted)))),
        ];
    }

    /// <summary>Runs the checks; results come in the order of the checks.</summary>
    /// <param name="host">Name or address of the broker.</param>
    /// <param name="port">Its port.</param>
    /// <param name="options">Which checks, and how.</param>
    /// <param name="progress">Told of each result as it comes, on any thread; null: nobody.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="MqttExpectationException">The broker cannot be reached or accepts no client at all.</exception>
    public static async Task<IReadOnlyList<CheckResult>> RunAsync(
        string host, int port, RunOptions options, Action<CheckResult>? progress = null, CancellationToken cancellation = default)
    {
        var checks = Select(options);
        var address = new BrokerAddress(host, port, options.Patience);
        var facts = await ReadFactsAsync(address, options.Credentials);
        var results = new CheckResult[checks.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = cancellation };
        await Parallel.ForEachAsync(Indexes(isExclusive: false), parallel, RunOneAsync);
        foreach (int index in Indexes(isExclusive: true))
        {
            await RunOneAsync(index, cancellation);
        }

        return results;

        IEnumerable<int> Indexes(bool isExclusive) => Enumerable.Range(0, checks.Count).Where(index => checks[index].IsExclusive == isExclusive);

        async ValueTask RunOneAsync(int index, CancellationToken token)
        {
            token.ThrowIfCancellationRequested();
            results[index] = await RunAsync(checks[index], address, facts, options.Credentials);
            progress?.Invoke(results[index]);
        }
    }

    /// <summary>Runs one check.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever a check trips over is its result.")]
    public static async Task<CheckResult> RunAsync(Check check, BrokerAddress address, BrokerFacts facts, CheckCredentials? credentials = null)
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(address);
        var book = new TranscriptBook();
        long begin = Stopwatch.GetTimestamp();
        var outcome = CheckOutcome.Passed;
        string? detail = null;
        await using (var context = new CheckContext(address with { Transcript = book }, check.Version, facts, credentials))
        {
            try
            {
                await check.Run(context);
            }
            catch (NotApplicableException reason)
            {
                outcome = CheckOutcome.NotApplicable;
                detail = reason.Message;
            }
            catch (Exception error)
            {
                outcome = CheckOutcome.Failed;
                detail = error is MqttExpectationException ? error.Message : $"{error.GetType().Name}: {error.Message}";
            }
        }

        return new CheckResult(check, outcome, detail, outcome == CheckOutcome.Failed ? book.Lines : [], Stopwatch.GetElapsedTime(begin));
    }

    /// <summary>What the broker says of itself.</summary>
    public static async Task<BrokerFacts> ReadFactsAsync(BrokerAddress address, CheckCredentials? credentials = null)
    {
        foreach (var version in new[] { MqttVersion.V50, MqttVersion.V311 })
        {
            try
            {
                await using var client = await RawMqttClient.ConnectAsync(
                    address, new ConnectFields { Version = version, ClientId = CheckContext.NewClientId(), UserName = credentials?.UserName, Password = credentials?.Password });
                return version == MqttVersion.V50 ? BrokerFacts.From(client.ConnAck) : new BrokerFacts();
            }
            catch (MqttExpectationException) when (version == MqttVersion.V50)
            {
                // It may speak 3.1.1 only.
            }
        }

        throw new UnreachableException();
    }

    private static bool Matches(Check check, string wanted) =>
        string.Equals(check.Id, wanted, StringComparison.OrdinalIgnoreCase)
        || string.Equals(check.Name, wanted, StringComparison.OrdinalIgnoreCase)
        || check.Statements.Contains(wanted, StringComparer.OrdinalIgnoreCase);
}
