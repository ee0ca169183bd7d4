using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Godwit.Interop.Tests;

/// <summary>
/// Assembly fixture: runs a script of scenarios once per cell, since a start of an interpreter is dear, and keeps what it said of each scenario.
/// A scenario that the script never came to counts as failed.
/// </summary>
public sealed class ScriptRuns
{
    private readonly ConcurrentDictionary<(string, BrokerCell), Lazy<Task<ConcurrentDictionary<string, TaskCompletionSource<string?>>>>> _runs = new();

    /// <summary>Waits for the result of one scenario.</summary>
    /// <returns>What went wrong, or null.</returns>
    internal async Task<string?> GetFaultAsync(BrokerCells cells, ClientScript script, BrokerCell cell, string scenario)
    {
        var run = await _runs.GetOrAdd((script.FileName, cell), _ => new(() => StartAsync(cells, script, cell))).Value;
        return run.TryGetValue(scenario, out var result) ? await result.Task : $"{script.FileName} has no scenario {scenario}";
    }

    private static async Task<ConcurrentDictionary<string, TaskCompletionSource<string?>>> StartAsync(BrokerCells cells, ClientScript script, BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var results = new ConcurrentDictionary<string, TaskCompletionSource<string?>>(
            script.Scenarios.Select(scenario => KeyValuePair.Create(scenario, new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously))));
        _ = Task.Run(() => RunAsync(script, broker, results));
        return results;
    }

    private static async Task RunAsync(ClientScript script, BrokerProcess broker, ConcurrentDictionary<string, TaskCompletionSource<string?>> results)
    {
        string end;
        try
        {
            await using var process = ClientProcess.Start(script.Interpreter, script.Path, $"{broker.Port}");
            var started = Stopwatch.GetTimestamp();
            while (await process.ReadLineAsync(TimeLimits.Script - Stopwatch.GetElapsedTime(started)) is { } line)
            {
                using var report = JsonDocument.Parse(line);
                var scenario = report.RootElement.GetProperty("scenario").GetString()!;
                results[scenario].TrySetResult(report.RootElement.GetProperty("fault").GetString());
            }

            end = $"{script.FileName} ended without a word about this scenario. {await process.ReadErrorsAsync()}";
        }
        catch (Exception error) when (error is MqttExpectationException or JsonException or IOException or ArgumentOutOfRangeException or KeyNotFoundException)
        {
            end = error.ToString();
        }

        foreach (var result in results.Values)
        {
            result.TrySetResult(end);
        }
    }
}
