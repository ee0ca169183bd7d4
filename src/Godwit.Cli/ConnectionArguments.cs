using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary>The options that say how to connect, the same for every command.</summary>
internal sealed class ConnectionArguments(PropertyArguments properties)
{
    private const int DefaultPort = 1883;
    private const int DefaultKeepAlive = 60;
    private readonly Option<string> _host = new("--host", "-h") { Description = "Host of the broker.", DefaultValueFactory = _ => "localhost", HelpName = "HOST" };
    private readonly Option<int?> _port = CommandErrors.NumberOption<int>("--port", "-p", "Port of the broker, 1 to 65535. [default: 1883]", "PORT");
    private readonly Option<string?> _url = new("--url", "-L") { Description = "mqtt://[user[:password]@]host[:port][/topic] in place of -h, -p, -u, -P and -t.", HelpName = "URL" };
    private readonly Option<string> _id = new("--id", "-i") { Description = "Client identifier. Without one the broker assigns one.", DefaultValueFactory = _ => "", HelpName = "ID" };
    private readonly Option<string?> _userName = new("--username", "-u") { Description = "User name.", HelpName = "NAME" };
    private readonly Option<string?> _password = new("--password", "-P", "--pw") { Description = "Password.", HelpName = "PASSWORD" };
    private readonly Option<string> _version = new("--protocol-version", "-V") { Description = "5, 3.1.1 or 3.1.", DefaultValueFactory = _ => "5", HelpName = "VERSION" };
    private readonly Option<int?> _keepAlive = CommandErrors.NumberOption<int>("--keepalive", "-k", "Keep alive in seconds, up to 65535; 0 for none. [default: 60]", "SECONDS");
    private readonly Option<bool> _keepSession = new("--disable-clean-session", "-c", "--disable-clean-start") { Description = "Go on with the session of the client identifier (needs -i), and keep it afterwards: for ever, or as -x says." };
    private readonly Option<string?> _sessionExpiry = new("--session-expiry", "-x", "--session-expiry-interval") { Description = "Seconds that the broker keeps the session after the connection, or -1 for ever. 5.0 only.", HelpName = "SECONDS" };
    private readonly Option<string?> _willTopic = new("--will-topic") { Description = "Topic of the will, which the broker publishes if the connection breaks.", HelpName = "TOPIC" };
    private readonly Option<string?> _willPayload = new("--will-payload") { Description = "Payload of the will.", HelpName = "TEXT" };
    private readonly Option<int?> _willQoS = CommandErrors.NumberOption<int>("--will-qos", null, "QoS of the will: 0, 1 or 2. [default: 0]", "QOS");
    private readonly Option<bool> _willRetain = new("--will-retain") { Description = "Retain the will." };

    // Read by ArgumentReader; here for --help.
    private readonly Option<string?> _property = new("--property", "-D") { Description = "A property of 5.0, as PACKET NAME VALUE; see below. May be repeated.", HelpName = "PACKET NAME VALUE" };

    public void AddTo(Command command)
    {
        Option[] options =
        [
            _host, _port, _url, _id, _userName, _password, _version, _keepAlive, _keepSession, _sessionExpiry,
            _willTopic, _willPayload, _willQoS, _willRetain, _property,
        ];
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        _willQoS.Validators.Add(result => CommandErrors.RequireQoS(result, _willQoS));
        _port.Validators.Add(result =>
        {
            if (result.IsGiven(_port, out var port) && port is < 1 or > ushort.MaxValue)
            {
                result.AddError($"--port is {port}: allowed are 1 to 65535.");
            }
        });
        _keepAlive.Validators.Add(result =>
        {
            if (result.IsGiven(_keepAlive, out var seconds) && seconds is < 0 or > ushort.MaxValue)
            {
                result.AddError($"--keepalive is {seconds}: allowed are 0 to 65535.");
            }
        });
        _version.Validators.Add(result =>
        {
            if (result.IsGiven(_version, out var text) && !TryReadVersion(text, out _))
            {
                result.AddError($"Protocol version '{text}' is unknown: use 5, 3.1.1 or 3.1.");
            }
        });
        _sessionExpiry.Validators.Add(result =>
        {
            if (result.IsGiven(_sessionExpiry, out var text) && !TryReadExpiry(text!, out _))
            {
                result.AddError($"--session-expiry is '{text}': allowed are 0 to 4294967295 seconds, and -1 for ever.");
            }
        });
        command.Validators.Add(Validate);
    }

    /// <summary>The address of the broker, the credentials and the topic in the URL, if any.</summary>
    public (string Server, MqttCredentials? Credentials, string? Topic) GetServer(ParseResult result)
    {
        if (result.GetValue(_url) is not { } text)
        {
            var host = result.GetValue(_host)!;
            return ($"mqtt://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host.Trim('[', ']')}]" : host)}:{result.GetValue(_port) ?? DefaultPort}", null, null);
        }

        if (!Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "mqtt://" + text, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            throw new CommandFailure($"'{text}' is not a URL of the form mqtt://host:port/topic.");
        }

        if (url.Scheme != "mqtt")
        {
            throw new CommandFailure($"'{text}': {url.Scheme}:// is not available in this build.", "Use mqtt://.");
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

    public MqttClientOptions GetOptions(ParseResult result, MqttCredentials? credentials)
    {
        TryReadVersion(result.GetValue(_version), out var version);
        var keepsSession = result.GetValue(_keepSession);
        var userName = result.GetValue(_userName);
        var password = result.GetValue(_password);
        uint expiry = 0;
        if (version == ProtocolVersion.Mqtt5)
        {
            if (result.GetValue(_sessionExpiry) is { } text)
            {
                TryReadExpiry(text, out expiry);
            }
            else if (keepsSession)
            {
                expiry = MqttClientOptions.SessionNeverExpires;
            }
        }

        return properties.Apply(new MqttClientOptions
        {
            ClientId = result.GetValue(_id)!,
            ProtocolVersion = version,
            CleanStart = !keepsSession,
            SessionExpiryInterval = expiry,
            KeepAlive = (ushort)(result.GetValue(_keepAlive) ?? DefaultKeepAlive),
            Credentials = userName is null && password is null ? credentials : new MqttCredentials(userName, password),
            MaximumPacketSize = Frame.PacketSizeMax,
            Will = GetWill(result),
        });
    }

    private void Validate(CommandResult result)
    {
        if (result.IsGiven(_url) && (result.IsGiven(_host) || result.IsGiven(_port)))
        {
            result.AddError("--url has host and port: leave out --host and --port.");
        }

        if (!result.IsGiven(_willTopic)
            && (result.IsGiven(_willPayload) || result.IsGiven(_willQoS) || result.IsGiven(_willRetain) || properties.Has("will")))
        {
            result.AddError("A will needs --will-topic.");
        }

        if (result.IsGiven(_keepSession) && !result.IsGiven(_id))
        {
            result.AddError("-c needs a client identifier: -i ID.");
        }

        if (result.IsGiven(_version, out var text) && TryReadVersion(text, out var version) && version != ProtocolVersion.Mqtt5)
        {
            if (!properties.IsEmpty)
            {
                result.AddError("-D needs protocol version 5.");
            }

            if (result.IsGiven(_sessionExpiry))
            {
                result.AddError("-x needs protocol version 5.");
            }
        }
    }

    private static bool TryReadVersion(string? text, out ProtocolVersion version)
    {
        version = text switch
        {
            "5" or "5.0" or "mqttv5" => ProtocolVersion.Mqtt5,
            "3.1.1" or "311" or "4" or "mqttv311" => ProtocolVersion.Mqtt311,
            "3.1" or "31" or "3" or "mqttv31" => ProtocolVersion.Mqtt31,
            _ => 0,
        };
        return version != 0;
    }

    private static bool TryReadExpiry(string text, out uint seconds)
    {
        seconds = MqttClientOptions.SessionNeverExpires;
        return text is "-1" or "\u221e" || uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds);
    }

    private MqttWill? GetWill(ParseResult result)
    {
        if (result.GetValue(_willTopic) is not { } topic)
        {
            return null;
        }

        var payload = Encoding.UTF8.GetBytes(result.GetValue(_willPayload) ?? "");
        return new MqttWill(
            properties.Compose("will", topic, payload, (QualityOfService)(result.GetValue(_willQoS) ?? 0), result.GetValue(_willRetain)),
            properties.WillDelay);
    }
}
