using Godwit.Broker.Listeners;
using Godwit.Broker.Loops.Epoll;
using Godwit.Engine.Journals;
using Microsoft.Extensions.Configuration;

namespace Godwit.Broker.Options;

/// <summary>
/// Reads <see cref="BrokerOptions"/> from configuration and checks them. <c>Listen</c> is one URL, several with commas, or a list
/// whose items are URLs or objects with <c>Url</c> and <c>Strict</c>; all other settings have one value.
/// A name that is not known is an error: a misspelt limit must not be a limit that is not there.
/// </summary>
public static class BrokerSettings
{
    private const string Listen = "Listen";
    private const string ListenUrl = "Url";
    private const string ListenStrict = "Strict";

    // Rooms that later versions fill. Asked for, they are refused instead of passed over.
    private static readonly (string Path, string What, string[] Harmless)[] NotAvailable =
    [
        ("Admin", "the admin API and dashboard", ["off"]),
        ("Tls", "TLS", []),
        ("Users", "users and passwords", []),
        ("Access", "access rules", []),
        ("Cluster", "clustering", []),
    ];

    /// <summary>All settings with one value, with defaults and what is allowed.</summary>
    internal static IReadOnlyList<Setting> Known => SettingTable.All;

    /// <summary>Reads the options.</summary>
    /// <param name="configuration">For example a JSON file, then the environment, then the command line; or a section of a larger configuration.</param>
    /// <param name="alsoKnown">Names of top-level settings that the host reads by itself.</param>
    /// <exception cref="BrokerConfigurationException">Something is unknown or not allowed.</exception>
    public static BrokerOptions Read(IConfiguration configuration, params IReadOnlyCollection<string> alsoKnown)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = new BrokerOptions();
        var errors = new List<string>();
        foreach (var (path, value) in Flatten(configuration, prefix: configuration is IConfigurationSection { Path.Length: > 0 } own ? own.Path.Length + 1 : 0))
        {
            if (value is null || IsListen(path) || alsoKnown.Contains(path, StringComparer.OrdinalIgnoreCase))
            {
                continue;
            }

            if (FindNotAvailable(path) is { } what)
            {
                if (!what.Harmless.Contains(value, StringComparer.OrdinalIgnoreCase))
                {
                    errors.Add($"{path} = \"{value}\": {what.What} is not available in this build.");
                }

                continue;
            }

            var setting = Known.FirstOrDefault(known => string.Equals(known.Path, path, StringComparison.OrdinalIgnoreCase));
            if (setting is null)
            {
                errors.Add(Unknown(path, alsoKnown));
            }
            else if (setting.Parse(options, value.Trim()) is { } changed)
            {
                options = changed;
            }
            else
            {
                errors.Add(NotAllowed(setting, value));
            }
        }

        if (ReadListeners(ListenSection(configuration), errors) is { Count: > 0 } listeners)
        {
            options = options with { Listeners = listeners };
        }

        // What could not be parsed kept its default, so that nothing is reported twice.
        errors.AddRange(Check(options));
        return errors.Count == 0 ? options : throw new BrokerConfigurationException(errors);
    }

    /// <summary>All that is wrong with options; empty when nothing is.</summary>
    public static IReadOnlyList<string> Check(BrokerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();
        foreach (var setting in Known)
        {
            if (setting.Check(options) is { } value)
            {
                errors.Add(NotAllowed(setting, value));
            }
        }

        if (options.Io == IoDriver.Epoll && !EpollDriver.IsSupported)
        {
            errors.Add("Io = \"epoll\": not available on this system; allowed: auto or sockets.");
        }

        if (options.Hooks.Timeout <= TimeSpan.Zero || options.Hooks.Timeout > TimeSpan.FromDays(1))
        {
            errors.Add($"Hooks.Timeout = {options.Hooks.Timeout} is not allowed; allowed: more than zero, up to a day.");
        }

        if (options.Listeners.Count == 0)
        {
            errors.Add($"Listen: there is no listener; allowed: one URL or more, such as {ListenerOptions.DefaultUrl}.");
        }

        foreach (var listener in options.Listeners)
        {
            if (!Listeners.ListenUrl.TryParse(listener.Url, out _, out string? problem))
            {
                errors.Add($"Listen = \"{listener.Url}\": {problem}");
            }
        }

        return errors;
    }

    private static string NotAllowed(Setting setting, string value) =>
        $"{setting.Path} = \"{value}\" is not allowed; allowed: {setting.Allowed}.";

    private static string Unknown(string path, IEnumerable<string> alsoKnown)
    {
        var names = Known.Select(setting => setting.Path).Append(Listen).Concat(alsoKnown);
        return NearestName.Find(path, names) is { } nearest
            ? $"{path}: there is no such setting; did you mean {nearest}?"
            : $"{path}: there is no such setting.";
    }

    private static bool IsListen(string path) =>
        string.Equals(path, Listen, StringComparison.OrdinalIgnoreCase)
        || path.StartsWith($"{Listen}:", StringComparison.OrdinalIgnoreCase);

    private static (string Path, string What, string[] Harmless)? FindNotAvailable(string path)
    {
        foreach (var candidate in NotAvailable)
        {
            if (string.Equals(path, candidate.Path, StringComparison.OrdinalIgnoreCase)
                || path.StartsWith($"{candidate.Path}:", StringComparison.OrdinalIgnoreCase))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>The leaves, in the order of their names.</summary>
    private static IEnumerable<(string Path, string? Value)> Flatten(IConfiguration configuration, int prefix)
    {
        foreach (var section in configuration.GetChildren())
        {
            if (section.Value is not null)
            {
                yield return (section.Path[prefix..], section.Value);
            }

            foreach (var inner in Flatten(section, prefix))
            {
                yield return inner;
            }
        }
    }

    /// <summary>
    /// A list is one setting: the last source that names listeners replaces those of the sources before it, instead of
    /// being mixed with them item by item.
    /// </summary>
    private static IConfigurationSection ListenSection(IConfiguration configuration)
    {
        if (configuration is IConfigurationRoot root)
        {
            foreach (var provider in root.Providers.Reverse())
            {
                if (provider.TryGet(Listen, out _) || provider.GetChildKeys([], Listen).Any())
                {
                    return new ConfigurationRoot([provider]).GetSection(Listen);
                }
            }
        }

        return configuration.GetSection(Listen);
    }

    private static List<ListenerOptions> ReadListeners(IConfigurationSection section, List<string> errors)
    {
        var listeners = new List<ListenerOptions>();
        AddUrls(section.Value);
        foreach (var item in section.GetChildren())
        {
            AddUrls(item.Value);
            ReadListener(item);
        }

        return listeners;

        void AddUrls(string? urls) => listeners.AddRange(
            (urls ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(url => new ListenerOptions { Url = url }));

        void ReadListener(IConfigurationSection item)
        {
            var parts = item.GetChildren().ToArray();
            if (parts.Length == 0)
            {
                return;
            }

            var listener = new ListenerOptions { Url = item[ListenUrl] ?? string.Empty };
            foreach (var part in parts)
            {
                if (string.Equals(part.Key, ListenStrict, StringComparison.OrdinalIgnoreCase))
                {
                    if (bool.TryParse(part.Value, out bool strict))
                    {
                        listener = listener with { Strict = strict };
                    }
                    else
                    {
                        errors.Add($"{part.Path} = \"{part.Value}\" is not allowed; allowed: true or false.");
                    }
                }
                else if (!string.Equals(part.Key, ListenUrl, StringComparison.OrdinalIgnoreCase))
                {
                    errors.Add($"{part.Path}: there is no such setting; a listener has {ListenUrl} and {ListenStrict}.");
                }
            }

            listeners.Add(listener);
        }
    }
}
