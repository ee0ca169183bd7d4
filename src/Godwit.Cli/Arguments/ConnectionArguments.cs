using System.Globalization;
using System.Text;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli.Arguments;

/// <summary>The options that say how to connect, the same for every command, and what they mean.</summary>
internal sealed class ConnectionArguments
{
    /// <summary>Where the password may be instead of on the command line, which other users of the machine can see.</summary>
    public const string PasswordVariable = "GODWIT_PASSWORD";

    private const int DefaultPort = 1883;
    private const int DefaultKeepAlive = 60;
    private readonly CommandOption _host = new("--host", "-h", "HOST", "Host of the broker. [default: localhost]");
    private readonly CommandOption _port = new("--port", "-p", "PORT", "Port of the broker. [default: 1883]");
    private readonly CommandOption _url = new("--url", "-L", "URL", "mqtt://[user[:password]@]host[:port][/topic] in place of -h, -p, -u, -P and -t.");
    private readonly CommandOption _userName = new("--username", "-u", "NAME", "User name.");
    private readonly CommandOption _password = new("--password", "-P", "PASSWORD", $"Password. Without it that of the environment variable {PasswordVariable} goes with -u.") { OtherNames = ["--pw"] };
    private readonly CommandOption _version = new("--protocol-version", "-V", "VERSION", "5, 3.1.1 or 3.1. [default: 5]");
    private readonly CommandOption _keepAlive = new("--keepalive", "-k", "SECONDS", "Keep alive, up to 65535; 0 for none. [default: 60]");
    private readonly CommandOption _property = new("--property", "-D", "PACKET NAME VALUE", "A property of 5.0: see below. May be repeated.");
    private readonly CommandOption _id = new("--id", "-i", "ID", "Client identifier. Without one the broker assigns one.");
    private readonly CommandOption _idPrefix = new("--id-prefix", "-I", "PREFIX", "Client identifier of this prefix and the number of the process.");
    private readonly CommandOption _keepSession = new("--disable-clean-session", "-c", null, "Go on with the session of the client identifier (needs -i), and keep it afterwards: for ever, or as -x says.") { OtherNames = ["--disable-clean-start"] };
    private readonly CommandOption _sessionExpiry = new("--session-expiry", "-x", "SECONDS", "How long the broker keeps the session after the connection; -1 for ever. 5.0 only.") { OtherNames = ["--session-expiry-interval"] };
    private readonly CommandOption _willTopic = new("--will-topic", null, "TOPIC", "Topic of the will, which the broker publishes if the connection breaks.");
    private readonly CommandOption _willPayload = new("--will-payload", null, "TEXT", "Payload of the will. [default: empty]");
    private readonly CommandOption _willQoS = new("--will-qos", null, "QOS", "QoS of the will: 0, 1 or 2. [default: 0]");
    private readonly CommandOption _willRetain = new("--will-retain", null, null, "Have the will retained.");

    public OptionGroup[] Groups =>
    [
        new("Connection", _host, _port, _url, _userName, _password, _version, _keepAlive, _property),
        new("Session", _id, _idPrefix, _keepSession, _sessionExpiry),
        new("Will", _willTopic, _willPayload, _willQoS, _willRetain),
    ];

    /// <summary>The address of the broker, the credentials and the topic in the URL, if any.</summary>
    public (string Server, MqttCredentials? Credentials, string? Topic) GetServer(ParsedArguments arguments)
    {
        var port = arguments.Number(_port, 1, ushort.MaxValue);
        if (arguments.Text(_url) is not { } text)
        {
            var host = arguments.Text(_host) ?? "localhost";
            return ($"mqtt://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host.Trim('[', ']')}]" : host)}:{port ?? DefaultPort}", null, null);
        }

        if (arguments.Has(_host) || port is not null)
        {
            throw new UsageException("--url has host and port: leave out --host and --port.");
        }

        if (!Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "mqtt://" + text, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            throw new UsageException($"'{text}' is not a URL of the form mqtt://host:port/topic.");
        }

        if (url.Scheme != "mqtt")
        {
            throw new UsageException($"'{text}': {url.Scheme}:// is not available in this build.", "Use mqtt://.");
        }

        var parts = url.UserInfo.Split(':', 2);
        var credentials = url.UserInfo.Length == 0
            ? null
            : new MqttCredentials(Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : null);

        // What follows the host is the topic, also where a URL would mean something else by it ("#" of a filter, above all).
        var start = text.IndexOf("://", StringComparison.Ordinal);
        var path = text.IndexOf('/', start < 0 ? 0 : start + 3);
        var topic = path < 0 || path == text.Length - 1 ? null : Uri.UnescapeDataString(text[(path + 1)..]);
        return ($"mqtt://{url.Host}:{(url.Port < 0 ? DefaultPort : url.Port)}", credentials, topic);
    }

    public MqttClientOptions GetOptions(ParsedArguments arguments, MqttCredentials? credentials)
    {
        var version = ReadVersion(arguments.Text(_version) ?? "5");
        var keepsSession = arguments.Has(_keepSession);
        var expiry = ReadSessionExpiry(arguments);
        if (version != ProtocolVersion.Mqtt5)
        {
            if (!arguments.Properties.IsEmpty)
            {
                throw new UsageException("-D needs protocol version 5.");
            }

            if (expiry is not null)
            {
                throw new UsageException("-x needs protocol version 5.");
            }
        }

        if (arguments.Has(_id) && arguments.Has(_idPrefix))
        {
            throw new UsageException("-i and -I do not go together.");
        }

        if (keepsSession && !arguments.Has(_id))
        {
            throw new UsageException("-c needs a client identifier: -i ID.");
        }

        var userName = arguments.Text(_userName);
        var password = arguments.Text(_password) ?? (userName is null ? null : Environment.GetEnvironmentVariable(PasswordVariable));
        return arguments.Properties.Apply(new MqttClientOptions
        {
            ClientId = arguments.Text(_idPrefix) is { } prefix ? $"{prefix}{Environment.ProcessId}" : arguments.Text(_id) ?? "",
            ProtocolVersion = version,
            CleanStart = !keepsSession,
            SessionExpiryInterval = expiry ?? (keepsSession && version == ProtocolVersion.Mqtt5 ? MqttClientOptions.SessionNeverExpires : 0),
            KeepAlive = (ushort)(arguments.Number(_keepAlive, 0, ushort.MaxValue) ?? DefaultKeepAlive),
            Credentials = userName is null && password is null ? credentials : new MqttCredentials(userName, password),
            MaximumPacketSize = Frame.PacketSizeMax,
            Will = GetWill(arguments),
        });
    }

    private static ProtocolVersion ReadVersion(string text) => text switch
    {
        "5" or "5.0" or "mqttv5" => ProtocolVersion.Mqtt5,
        "3.1.1" or "311" or "4" or "mqttv311" => ProtocolVersion.Mqtt311,
        "3.1" or "31" or "3" or "mqttv31" => ProtocolVersion.Mqtt31,
        _ => throw new UsageException($"Protocol version '{text}' is unknown: use 5, 3.1.1 or 3.1."),
    };

    private uint? ReadSessionExpiry(ParsedArguments arguments)
    {
        var property = arguments.Properties.SessionExpiry;
        if (arguments.Text(_sessionExpiry) is not { } text)
        {
            return property;
        }

        if (property is not null)
        {
            throw new UsageException("-x and -D connect session-expiry-interval say the same: leave one out.");
        }

        if (text is "-1" or "\u221e")
        {
            return MqttClientOptions.SessionNeverExpires;
        }

        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : throw new UsageException($"--session-expiry is '{text}': allowed are 0 to 4294967295 seconds, and -1 for ever.");
    }

    private MqttWill? GetWill(ParsedArguments arguments)
    {
        var qos = arguments.Number(_willQoS, 0, 2) ?? 0;
        if (arguments.Text(_willTopic) is not { } topic)
        {
            return arguments.Has(_willPayload) || arguments.Has(_willQoS) || arguments.Has(_willRetain) || arguments.Properties.Has("will")
                ? throw new UsageException("A will needs --will-topic.")
                : null;
        }

        var payload = Encoding.UTF8.GetBytes(arguments.Text(_willPayload) ?? "");
        return new MqttWill(
            arguments.Properties.Compose("will", topic, payload, (QualityOfService)qos, arguments.Has(_willRetain)),
            arguments.Properties.WillDelay);
    }
}
