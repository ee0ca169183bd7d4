using System.CommandLine;
using System.Text;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary>The options that say how to connect, the same for every command.</summary>
internal sealed class ConnectionArguments
{
    private readonly Option<string> _host = new("--host", "-h") { Description = "Host of the broker.", DefaultValueFactory = _ => "localhost", HelpName = "HOST" };
    private readonly Option<int> _port = new("--port", "-p") { Description = "Port of the broker.", DefaultValueFactory = _ => 1883, HelpName = "PORT" };
    private readonly Option<string?> _url = new("--url", "-L") { Description = "mqtt://[user[:password]@]host[:port][/topic] in place of -h, -p, -u, -P and -t.", HelpName = "URL" };
    private readonly Option<string> _id = new("--id", "-i") { Description = "Client Identifier; the broker assigns one if absent.", DefaultValueFactory = _ => string.Empty, HelpName = "ID" };
    private readonly Option<string?> _user = new("--username", "-u") { Description = "User name.", HelpName = "NAME" };
    private readonly Option<string?> _password = new("--pw", "-P") { Description = "Password.", HelpName = "PASSWORD" };
    private readonly Option<string> _version = new("--protocol-version", "-V") { Description = "5, 3.1.1 or 3.1.", DefaultValueFactory = _ => "5", HelpName = "VERSION" };
    private readonly Option<ushort> _keepAlive = new("--keepalive", "-k") { Description = "Keep-alive in seconds, 0 for none.", DefaultValueFactory = _ => 60, HelpName = "SECONDS" };
    private readonly Option<bool> _keepSession = new("--disable-clean-start", "-c") { Description = "Go on with the session of this Client Identifier (needs -i); with 3.1.1 it also persists." };
    private readonly Option<uint?> _sessionExpiry = new("--session-expiry-interval", "-x") { Description = "Seconds the session stays after the connection, 5.0 only.", HelpName = "SECONDS" };
    private readonly Option<string?> _willTopic = new("--will-topic") { Description = "Topic of the last will.", HelpName = "TOPIC" };
    private readonly Option<string?> _willPayload = new("--will-payload") { Description = "Payload of the last will.", HelpName = "TEXT" };
    private readonly Option<int> _willQoS = new("--will-qos") { Description = "QoS of the last will: 0, 1 or 2.", HelpName = "QOS" };
    private readonly Option<bool> _willRetain = new("--will-retain") { Description = "Retain the last will." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_host, _port, _url, _id, _user, _password, _version, _keepAlive, _keepSession, _sessionExpiry, _willTopic, _willPayload, _willQoS, _willRetain])
        {
            command.Options.Add(option);
        }

        _willQoS.Validators.Add(result => CommandErrors.RequireQoS(result, _willQoS));
        _version.Validators.Add(result =>
        {
            if (!TryVersion(result.GetValueOrDefault<string>(), out var _))
            {
                result.AddError($"Protocol version '{result.GetValueOrDefault<string>()}' is unknown: use 5, 3.1.1 or 3.1.");
            }
        });
    }

    /// <summary>The server's address, and the topic that the URL names, if any.</summary>
    public (string Server, string? Topic) Server(ParseResult result)
    {
        if (result.GetValue(_url) is not { } url)
        {
            string host = result.GetValue(_host)!;
            return (host.Contains(':', StringComparison.Ordinal) ? $"mqtt://[{host}]:{result.GetValue(_port)}" : $"mqtt://{host}:{result.GetValue(_port)}", null);
        }

        int authority = url.IndexOf("://", StringComparison.Ordinal) is var at && at < 0 ? 0 : at + 3;
        int path = url.IndexOf('/', authority);
        return path < 0 || path == url.Length - 1 ? (url.TrimEnd('/'), null) : (url[..path], url[(path + 1)..]);
    }

    public MqttClientOptions Options(ParseResult result)
    {
        _ = TryVersion(result.GetValue(_version)!, out var version);
        bool keeps = result.GetValue(_keepSession);
        string? user = result.GetValue(_user);
        string? password = result.GetValue(_password);
        uint expiry = result.GetValue(_sessionExpiry) ?? 0;
        return new MqttClientOptions
        {
            ClientId = result.GetValue(_id)!,
            ProtocolVersion = version,
            CleanStart = !keeps,
            SessionExpiryInterval = version == ProtocolVersion.Mqtt5 ? expiry : 0,
            KeepAlive = result.GetValue(_keepAlive),
            Credentials = user is null && password is null ? null : new MqttCredentials(user, password),
            Will = WillOf(result),
        };
    }

    private static bool TryVersion(string? text, out ProtocolVersion version)
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

    private MqttWill? WillOf(ParseResult result)
    {
        if (result.GetValue(_willTopic) is not { } topic)
        {
            return null;
        }

        return new MqttWill(new MqttMessage
        {
            Topic = topic,
            Payload = Encoding.UTF8.GetBytes(result.GetValue(_willPayload) ?? string.Empty),
            QoS = (QualityOfService)result.GetValue(_willQoS),
            Retain = result.GetValue(_willRetain),
        });
    }
}
