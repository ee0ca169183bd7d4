using System.Globalization;

namespace Godwit.Testing;

/// <summary>How long a test waits for something that has to happen. GODWIT_TEST_TIME_FACTOR stretches all of them on a slow machine.</summary>
public static class TimeLimits
{
    private static readonly double Factor =
        double.TryParse(Environment.GetEnvironmentVariable("GODWIT_TEST_TIME_FACTOR"), NumberStyles.Float, CultureInfo.InvariantCulture, out var factor) ? factor : 1;

    /// <summary>For one event: a packet, a close. Long enough for two busy cores; a passing test never waits for it.</summary>
    public static TimeSpan Event { get; } = TimeSpan.FromSeconds(20) * Factor;

    /// <summary>For a broker to come up or to go down.</summary>
    public static TimeSpan Process { get; } = TimeSpan.FromSeconds(30) * Factor;

    /// <summary>For a whole script of a foreign client.</summary>
    public static TimeSpan Script { get; } = TimeSpan.FromSeconds(180) * Factor;
}
