namespace Godwit.Broker.Options;

/// <summary>Builds settings of the kinds that there are, so that parsing, bounds and messages cannot differ between two of a kind.</summary>
internal static class SettingKinds
{
    private delegate bool Parser(string text, out long value);

    public static Setting Count(
        string path, long min, long max, Func<BrokerOptions, long> get, Func<BrokerOptions, long, BrokerOptions> set, string description) =>
        Number(path, "a whole number", min, max, SettingText.TryParseCount, SettingText.FormatCount, get, set, null, description);

    /// <summary>As <see cref="Count"/>, or the word <c>unlimited</c>.</summary>
    public static Setting CountOrUnlimited(
        string path, long min, long max, long unlimited, Func<BrokerOptions, long> get, Func<BrokerOptions, long, BrokerOptions> set, string description) =>
        Number(path, "a whole number", min, max, SettingText.TryParseCount, SettingText.FormatCount, get, set, unlimited, description);

    public static Setting Size(
        string path, long min, long max, Func<BrokerOptions, long> get, Func<BrokerOptions, long, BrokerOptions> set, string description) =>
        Number(path, "bytes (such as 65536, 64KiB, 1MiB)", min, max, SettingText.TryParseSize, SettingText.FormatSize, get, set, null, description);

    /// <summary>As <see cref="Size"/>, or the word <c>unlimited</c>.</summary>
    public static Setting SizeOrUnlimited(
        string path, long min, long max, long unlimited, Func<BrokerOptions, long> get, Func<BrokerOptions, long, BrokerOptions> set, string description) =>
        Number(path, "bytes (such as 65536, 64KiB, 1MiB)", min, max, SettingText.TryParseSize, SettingText.FormatSize, get, set, unlimited, description);

    public static Setting Duration(
        string path, long min, long max, Func<BrokerOptions, long> get, Func<BrokerOptions, long, BrokerOptions> set, string description) =>
        Number(path, "a time (such as 500ms, 10s, 5m, 1h)", min, max, SettingText.TryParseDuration, SettingText.FormatDuration, get, set, null, description);

    /// <summary>A time in whole seconds.</summary>
    public static Setting Seconds(
        string path, long min, long max, long? unlimited, Func<BrokerOptions, long> get, Func<BrokerOptions, long, BrokerOptions> set, string description) =>
        Number(
            path, "a time in whole seconds (such as 90s, 5m, 1h, 7d)", min, max, TryParseSeconds,
            seconds => SettingText.FormatDuration(seconds * 1000), get, set, unlimited, description);

    public static Setting Name<T>(
        string path, Func<BrokerOptions, T> get, Func<BrokerOptions, T, BrokerOptions> set, string description)
        where T : struct, Enum =>
        new(path, SettingText.FormatName(get(new BrokerOptions())), SettingText.FormatNames<T>(), description)
        {
            Parse = (options, text) => SettingText.TryParseName<T>(text, out var value) ? set(options, value) : null,
            Check = options => Enum.IsDefined(get(options)) ? null : get(options).ToString(),
        };

    /// <summary>A path of the file system.</summary>
    public static Setting Folder(
        string path, Func<BrokerOptions, string> get, Func<BrokerOptions, string, BrokerOptions> set, string description) =>
        new(path, get(new BrokerOptions()), "a directory", description)
        {
            Parse = (options, text) => IsPath(text) ? set(options, text) : null,
            Check = options => IsPath(get(options)) ? null : get(options),
        };

    private static bool IsPath(string text) => text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal);

    private static Setting Number(
        string path,
        string what,
        long min,
        long max,
        Parser parse,
        Func<long, string> format,
        Func<BrokerOptions, long> get,
        Func<BrokerOptions, long, BrokerOptions> set,
        long? unlimited,
        string description)
    {
        string Write(long value) => value == unlimited ? SettingText.Unlimited : format(value);
        bool IsAllowed(long value) => value == unlimited || (value >= min && value <= max);
        string allowed = $"{what} from {format(min)} to {format(max)}{(unlimited is null ? string.Empty : $", or {SettingText.Unlimited}")}";
        return new Setting(path, Write(get(new BrokerOptions())), allowed, description)
        {
            Parse = (options, text) =>
                unlimited is { } none && string.Equals(text, SettingText.Unlimited, StringComparison.OrdinalIgnoreCase) ? set(options, none)
                : parse(text, out long value) && value >= min && value <= max ? set(options, value)
                : null,
            Check = options => IsAllowed(get(options)) ? null : Write(get(options)),
        };
    }

    private static bool TryParseSeconds(string text, out long seconds)
    {
        bool isDuration = SettingText.TryParseDuration(text, out long milliseconds);
        seconds = milliseconds / 1000;
        return isDuration && milliseconds % 1000 == 0;
    }
}
