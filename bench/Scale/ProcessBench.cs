using System.Globalization;
using Godwit.LoadBench;
using Godwit.LoadBench.Brokers;

namespace Godwit.ScaleBench;

/// <summary>Brokers as processes, measured by the runner of bench/Load.</summary>
internal sealed class ProcessBench
{
    private readonly ScaleOptions _options;
    private readonly Runner _runner;
    private readonly LoadOptions _load = new();

    /// <summary>Prepares a run.</summary>
    /// <param name="isPinned">The broker has core 0 and the load core 1; else the kernel places their threads.</param>
    internal ProcessBench(ScaleOptions options, bool isPinned, CancellationToken cancellation)
    {
        _options = options;
        string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        List<string> arguments = ["--brokers", options.Brokers, "--seconds", Text(options.Seconds), "--warmup", Text(options.Warmup), "--steady", Text(Math.Max(1, 2 * options.Warmup))];
        if (!isPinned)
        {
            arguments.Add("--no-pin");
        }

        if (_load.Read([.. arguments], FindRoot()) is { } problem)
        {
            throw new LoadException(LoadFailure.System, problem);
        }

        foreach (var missing in _load.Brokers.Where(broker => broker.Missing is not null).ToList())
        {
            Console.Error.WriteLine($"{missing.Name} is left out: {missing.Missing}");
            _load.Brokers.Remove(missing);
        }

        OpenFiles.RaiseLimit();
        if (_load.LoadProcessor is { } processor)
        {
            Processes.PinOwnThreads(processor);
        }

        _runner = new Runner(_load, cancellation);
    }

    internal IReadOnlyList<BrokerSpec> Brokers => _load.Brokers;

    internal TimeSpan MeasuredTime => _load.MeasuredTime;

    /// <summary>Godwit with other options and settings.</summary>
    /// <param name="environment">Settings as NAME=VALUE; null for none.</param>
    internal static BrokerSpec Godwit(string options, string? environment)
    {
        var spec = BuiltInBrokers.Find("godwit", FindRoot())!;
        if (spec.Missing is { } missing)
        {
            throw new LoadException(LoadFailure.System, missing);
        }

        string command = spec.Command.Replace("--loops 1", options, StringComparison.Ordinal);
        return spec with { Command = environment is null ? command : $"env {environment} {command}" };
    }

    /// <summary>Pairs at QoS 0 with 32 B, in an open loop where <paramref name="rate"/> is not 0, else with a window of 20.</summary>
    internal static Row Pairs(int pairs, int rate, int connectWindow = 100) =>
        new('-', "", ScenarioKind.Pairs, pairs, pairs, 32, 0, rate > 0 ? 0 : 20, rate, ConnectWindow: connectWindow);

    internal Measurement Measure(Row row, BrokerSpec broker, int round)
    {
        var one = _runner.Measure(row, broker, round);
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"round {round} of {_options.Rounds}: {2 * row.Publishers} connections, {broker.Name}: {one.Cost:0.00} us/message, {one.PerSecond:0}/s, p50 {one.LatencyP50Microseconds:0} p99 {one.LatencyP99Microseconds:0} us, broker {one.BrokerBusy:P0}, load {one.LoadBusy:P0}{(one.Void is null ? "" : ", VOID: " + one.Void)}"));
        return one;
    }

    internal static double Median(IEnumerable<Measurement> measurements, Func<Measurement, double> value)
    {
        double[] sorted = [.. measurements.Select(value).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Godwit.slnx")))
            {
                return directory.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }
}
