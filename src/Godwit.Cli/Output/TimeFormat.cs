using System.Globalization;

namespace Godwit.Cli.Output;

/// <summary>Times as strftime(3) writes them in the C locale, and as mosquitto_sub does.</summary>
internal static class TimeFormat
{
    /// <summary>ISO 8601 to the second, with the zone: 2016-08-10T09:47:38+0100.</summary>
    public static string FormatIso(DateTimeOffset time) => Text(time, "yyyy-MM-dd'T'HH:mm:ss") + FormatZone(time);

    /// <summary>The same with microseconds.</summary>
    public static string FormatIsoFine(DateTimeOffset time) => Text(time, "yyyy-MM-dd'T'HH:mm:ss.ffffff") + FormatZone(time);

    /// <summary>Seconds since 1970 with nanoseconds: 1470818943.786368637.</summary>
    public static string FormatUnix(DateTimeOffset time) => $"{time.ToUnixTimeSeconds()}.{FormatNanoseconds(time)}";

    /// <summary>What strftime makes of <c>%letter</c>; of an unknown letter it makes itself.</summary>
    public static string Format(char letter, DateTimeOffset time) => letter switch
    {
        'a' => Text(time, "ddd"),
        'A' => Text(time, "dddd"),
        'b' or 'h' => Text(time, "MMM"),
        'B' => Text(time, "MMMM"),
        'c' => $"{Text(time, "ddd MMM")} {time.Day,2} {Text(time, "HH:mm:ss yyyy")}",
        'C' => $"{time.Year / 100:00}",
        'd' => Text(time, "dd"),
        'D' or 'x' => Text(time, "MM'/'dd'/'yy"),
        'e' => $"{time.Day,2}",
        'F' => Text(time, "yyyy-MM-dd"),
        'g' => $"{ISOWeek.GetYear(time.DateTime) % 100:00}",
        'G' => $"{ISOWeek.GetYear(time.DateTime)}",
        'H' => Text(time, "HH"),
        'I' => Text(time, "hh"),
        'j' => $"{time.DayOfYear:000}",
        'k' => $"{time.Hour,2}",
        'l' => $"{((time.Hour + 11) % 12) + 1,2}",
        'm' => Text(time, "MM"),
        'M' => Text(time, "mm"),
        'n' => "\n",
        'N' => FormatNanoseconds(time),
        'p' => time.Hour < 12 ? "AM" : "PM",
        'P' => time.Hour < 12 ? "am" : "pm",
        'r' => $"{Text(time, "hh:mm:ss")} {Format('p', time)}",
        'R' => Text(time, "HH:mm"),
        's' => $"{time.ToUnixTimeSeconds()}",
        'S' => Text(time, "ss"),
        't' => "\t",
        'T' or 'X' => Text(time, "HH:mm:ss"),
        'u' => $"{(((int)time.DayOfWeek + 6) % 7) + 1}",
        'U' => $"{(time.DayOfYear + 6 - (int)time.DayOfWeek) / 7:00}",
        'V' => $"{ISOWeek.GetWeekOfYear(time.DateTime):00}",
        'w' => $"{(int)time.DayOfWeek}",
        'W' => $"{(time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7:00}",
        'y' => Text(time, "yy"),
        'Y' => Text(time, "yyyy"),
        'z' => FormatZone(time),
        'Z' => FormatZoneName(time),
        _ => $"%{letter}",
    };

    private static string FormatZone(DateTimeOffset time) => $"{(time.Offset < TimeSpan.Zero ? '-' : '+')}{time.Offset:hhmm}";

    // .NET knows long names of zones only, so a zone other than UTC is told by its offset, as those without an abbreviation are: +01.
    private static string FormatZoneName(DateTimeOffset time)
    {
        if (TimeZoneInfo.Local.HasSameRules(TimeZoneInfo.Utc))
        {
            return "UTC";
        }

        var zone = FormatZone(time);
        return zone.EndsWith("00", StringComparison.Ordinal) ? zone[..3] : zone;
    }

    private static string FormatNanoseconds(DateTimeOffset time) => $"{time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick:000000000}";

    private static string Text(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
