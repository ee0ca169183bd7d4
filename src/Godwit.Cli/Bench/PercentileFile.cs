using System.Globalization;
using Godwit.Load;

namespace Godwit.Cli.Bench;

/// <summary>A histogram in the text format of HdrHistogram's percentile distributions, in milliseconds.</summary>
internal static class PercentileFile
{
    public static void Write(TextWriter writer, Histogram histogram)
    {
        var culture = CultureInfo.InvariantCulture;
        writer.Write("       Value     Percentile TotalCount 1/(1-Percentile)\n\n");
        foreach (var (microseconds, count) in histogram.Steps())
        {
            var share = (double)count / histogram.Count;
            writer.Write(string.Create(culture, $"{microseconds / 1_000,12:0.000} {share,2:0.000000000000} {count,10}"));
            writer.Write(count < histogram.Count ? string.Create(culture, $" {1 / (1 - share),14:0.00}\n") : "            inf\n");
        }

        writer.Write(string.Create(culture, $"#[Max     = {histogram.MaxMicroseconds / 1_000,12:0.000}, Total count    = {histogram.Count,12}]\n"));
    }
}
