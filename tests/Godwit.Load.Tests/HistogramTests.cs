namespace Godwit.Load.Tests;

public class HistogramTests
{
    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(2, 1_000_000)]
    [InlineData(3, 100_000_000_000)]
    public void Quantiles_are_those_of_the_sorted_values_or_at_most_one_step_above(int seed, long max)
    {
        var random = new Random(seed);
        var histogram = new Histogram();
        var values = Enumerable.Range(0, 20_000).Select(_ => (long)(max * Math.Pow(random.NextDouble(), 4))).ToArray();
        foreach (var value in values)
        {
            histogram.Record(value);
        }

        Array.Sort(values);
        Assert.Equal(values.Length, histogram.Count);
        Assert.Equal(values[^1] / 1_000.0, histogram.MaxMicroseconds);
        foreach (var share in (double[])[0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1])
        {
            var exact = values[Math.Max(0, (int)Math.Ceiling(share * values.Length) - 1)];
            Assert.InRange(histogram.QuantileMicroseconds(share), exact / 1_000.0, Math.Min(values[^1], (exact * (1 + (1 / 128.0))) + 1) / 1_000.0);
        }
    }

    [Fact]
    public void Empty_one_answers_zero_and_below_zero_counts_as_zero()
    {
        var histogram = new Histogram();
        Assert.Equal((0, 0), (histogram.QuantileMicroseconds(0.99), histogram.MaxMicroseconds));
        histogram.Record(-5);
        Assert.Equal((1, 0), (histogram.Count, histogram.QuantileMicroseconds(1)));
        histogram.Record(long.MaxValue);
        Assert.Equal(long.MaxValue / 1_000.0, histogram.QuantileMicroseconds(1));
        histogram.Clear();
        Assert.Equal((0, 0), (histogram.Count, histogram.QuantileMicroseconds(1)));
    }

    [Fact]
    public void What_came_after_a_copy_can_be_told_alone()
    {
        var (histogram, earlier) = (new Histogram(), new Histogram());
        for (var value = 1; value <= 100; value++)
        {
            histogram.Record(value * 1_000_000L);
        }

        earlier.CopyFrom(histogram);
        Assert.Equal(0, histogram.QuantileMicroseconds(0.5, earlier));
        histogram.Record(3_000);
        histogram.Record(5_000);
        Assert.InRange(histogram.QuantileMicroseconds(0.5, earlier), 3, 3.03);
        Assert.InRange(histogram.QuantileMicroseconds(1, earlier), 5, 5.05);
        Assert.Equal(100, earlier.Count);
    }

    [Fact]
    public void Steps_rise_and_end_with_the_largest_value_and_the_count()
    {
        var histogram = new Histogram();
        foreach (var value in (long[])[7, 7, 100, 5_000, 5_001, 1_000_000])
        {
            histogram.Record(value);
        }

        var steps = histogram.Steps().ToArray();
        Assert.Equal([2, 3, 5, 6], steps.Select(step => step.CountUpTo));
        Assert.Equal((0.007, 1_000), (steps[0].Microseconds, steps[^1].Microseconds));
    }
}
