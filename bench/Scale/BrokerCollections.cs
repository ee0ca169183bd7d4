using System.Diagnostics;
using System.Globalization;
using Godwit.LoadBench;
using Godwit.LoadBench.Brokers;

namespace Godwit.ScaleBench;

/// <summary>The garbage collections of a broker process, as its <see cref="StartupHook"/> notes them.</summary>
internal sealed class BrokerCollections : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"godwit-scale-{Environment.ProcessId}-{Guid.NewGuid():N}");

    /// <summary>The broker, with the hook in its environment.</summary>
    internal BrokerSpec Hook(BrokerSpec spec) => spec with
    {
        Command = $"env DOTNET_STARTUP_HOOKS='{Path.Combine(AppContext.BaseDirectory, "Godwit.ScaleBench.dll")}' GODWIT_COLLECTIONS_FILE='{_path}' {spec.Command}",
    };

    /// <summary>What happened in the measured seconds: collections of generations 0, 1 and 2, and milliseconds of pause; null when nothing is known.</summary>
    internal (string Counts, double PausedMilliseconds)? Between(Measurement measurement, TimeSpan measured)
    {
        if (!File.Exists(_path))
        {
            return null;
        }

        long end = measurement.MeasuredUntil;
        long start = end - (long)(measured.TotalSeconds * Stopwatch.Frequency);
        double[]? first = null;
        double[]? last = null;
        foreach (string line in File.ReadLines(_path))
        {
            string[] fields = line.Split(' ');
            if (fields.Length != 5 || !long.TryParse(fields[0], CultureInfo.InvariantCulture, out long time) || time > end)
            {
                break;
            }

            double[] values = [.. fields.Skip(1).Select(field => double.Parse(field, CultureInfo.InvariantCulture))];
            first = time <= start ? values : first ?? values;
            last = values;
        }

        if (first is null || last is null)
        {
            return null;
        }

        double[] spent = [.. last.Zip(first, (after, before) => after - before)];
        return ($"{spent[0] - spent[1]:0}/{spent[1] - spent[2]:0}/{spent[2]:0}", spent[3]);
    }

    public void Dispose() => File.Delete(_path);
}
