using System.Globalization;
using System.Text;

namespace Godwit.Broker.Options;

/// <summary>Values of settings as people write them.</summary>
internal static class SettingText
{
    public const string Unlimited = "unlimited";

    private static readonly (string Suffix, long Factor)[] SizeUnits =
    [
        ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1024L * 1024 * 1024), ("TiB", 1024L * 1024 * 1024 * 1024), ("B", 1),
    ];

    private static readonly (string Suffix, long Factor)[] DurationUnits =
    [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ];

    public static bool TryParseCount(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>Bytes: a number alone, or with B, KiB, MiB, GiB, TiB.</summary>
    public static bool TryParseSize(string text, out long bytes) =>
        TryParseCount(text, out bytes) || TryParseWithUnit(text, SizeUnits, out bytes);

    /// <summary>Milliseconds: a number with ms, s, m, h or d, or <c>hh:mm:ss</c>. A number alone is refused: nobody remembers whose unit it has.</summary>
    public static bool TryParseDuration(string text, out long milliseconds)
    {
        if (TryParseWithUnit(text, DurationUnits, out milliseconds))
        {
            return true;
        }

        if (text.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= TimeSpan.Zero)
        {
            milliseconds = (long)span.TotalMilliseconds;
            return true;
        }

        return false;
    }

    public static string FormatCount(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string FormatSize(long bytes)
    {
        for (int i = 3; i >= 0; i--)
        {
            if (bytes >= SizeUnits[i].Factor && bytes % SizeUnits[i].Factor == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{bytes / SizeUnits[i].Factor}{SizeUnits[i].Suffix}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes}");
    }

    public static string FormatDuration(long milliseconds)
    {
        for (int i = DurationUnits.Length - 1; i > 0; i--)
        {
            if (milliseconds >= DurationUnits[i].Factor && milliseconds % DurationUnits[i].Factor == 0)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{milliseconds / DurationUnits[i].Factor}{DurationUnits[i].Suffix}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds}ms");
    }

    /// <summary>A name of <typeparamref name="T"/>, in any case, with or without hyphens.</summary>
    public static bool TryParseName<T>(string text, out T value)
        where T : struct, Enum
    {
        string plain = text.Replace("-", string.Empty, StringComparison.Ordinal);
        foreach (string name in Enum.GetNames<T>())
        {
            if (string.Equals(name, plain, StringComparison.OrdinalIgnoreCase))
            {
                value = Enum.Parse<T>(name);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary><c>DropOldest</c> as <c>drop-oldest</c>.</summary>
    public static string FormatName<T>(T value)
        where T : struct, Enum => Hyphenate(value.ToString());

    public static string FormatNames<T>()
        where T : struct, Enum => JoinOr(Array.ConvertAll(Enum.GetNames<T>(), Hyphenate));

    /// <summary>"a, b or c".</summary>
    public static string JoinOr(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.Take(words.Count - 1))} or {words[^1]}";

    private static string Hyphenate(string name)
    {
        var text = new StringBuilder();
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    private static bool TryParseWithUnit(string text, (string Suffix, long Factor)[] units, out long value)
    {
        foreach (var (suffix, factor) in units)
        {
            if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && TryParseCount(text[..^suffix.Length].TrimEnd(), out long number) && number <= long.MaxValue / factor)
            {
                value = number * factor;
                return true;
            }
        }

        value = 0;
        return false;
    }
}
