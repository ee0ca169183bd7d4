using System.Globalization;
using System.Text;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli.Arguments;

/// <summary>The properties given as <c>-D PACKET NAME VALUE</c>, with two words of value for a user-property.</summary>
internal sealed class PropertyArguments
{
    public const string ConnectHelp = """
          connect     session-expiry-interval, receive-maximum, maximum-packet-size, topic-alias-maximum,
                      request-problem-information, request-response-information, user-property NAME
          will        content-type, response-topic, correlation-data, message-expiry-interval, payload-format-indicator,
                      will-delay-interval, user-property NAME
          disconnect  session-expiry-interval
        """;

    public const string PublishHelp = """
          publish     content-type, response-topic, correlation-data, message-expiry-interval, payload-format-indicator,
                      topic-alias, user-property NAME
        """;

    public const string SubscribeHelp = "  subscribe   user-property NAME";

    private const string UserProperty = "user-property";

    private readonly Dictionary<(string Packet, string Name), string> _values = [];
    private readonly List<(string Packet, MqttUserProperty Property)> _userProperties = [];

    public bool IsEmpty => _values.Count == 0 && _userProperties.Count == 0;

    public uint WillDelay => Number("will", "will-delay-interval") ?? 0;

    /// <summary>Seconds after the connection, as connect says; null if it does not.</summary>
    public uint? SessionExpiry => Number("connect", "session-expiry-interval");

    /// <summary>Seconds after the connection, as disconnect says; null if it does not.</summary>
    public uint? LastSessionExpiry => Number("disconnect", "session-expiry-interval");

    public bool Has(string packet) => _values.Keys.Any(key => key.Packet == packet) || _userProperties.Exists(property => property.Packet == packet);

    /// <summary>Reads the words after a -D.</summary>
    /// <param name="arguments">All arguments.</param>
    /// <param name="index">Where the -D is; afterwards where its last word is.</param>
    /// <exception cref="UsageException">There is no such property, or not with this value.</exception>
    public void Add(IReadOnlyList<string> arguments, ref int index)
    {
        var left = arguments.Count - index - 1;
        if (left < 3)
        {
            throw new UsageException("-D needs a packet, a property and its value, as in: -D publish content-type text/plain");
        }

        var packet = arguments[index + 1].ToLowerInvariant();
        var name = arguments[index + 2];
        var value = arguments[index + 3];
        var names = GetNames(packet) ?? throw new UsageException(
            $"-D {arguments[index + 1]}: the packet is none of connect, will, publish, subscribe, disconnect.", ExplainPacket(packet));
        if (!names.Contains(name))
        {
            throw new UsageException(
                $"-D {packet} {name}: the property is none of {string.Join(", ", names)}.",
                name.StartsWith("authentication-", StringComparison.Ordinal)
                    ? "Of the ways to authenticate there are user name and password alone."
                    : NearestName.Find(name, names) is { } nearest ? $"Did you mean {nearest}?" : null);
        }

        index += 3;
        if (name == UserProperty)
        {
            _userProperties.Add((packet, left > 3
                ? new MqttUserProperty(value, arguments[++index])
                : throw new UsageException($"-D {packet} {UserProperty} needs a name and a value.")));
        }
        else if (!IsNumberValid(name, value, out var range))
        {
            throw new UsageException($"-D {packet} {name} {value}: {range} is needed.");
        }
        else if (!_values.TryAdd((packet, name), value))
        {
            throw new UsageException($"-D {packet} {name} is there twice.");
        }
    }

    public IReadOnlyList<MqttUserProperty> UserProperties(string packet) => _userProperties.Count == 0
        ? []
        : [.. _userProperties.Where(property => property.Packet == packet).Select(property => property.Property)];

    public MqttClientOptions Apply(MqttClientOptions options) => IsEmpty ? options : options with
    {
        ReceiveMaximum = (ushort)(Number("connect", "receive-maximum") ?? options.ReceiveMaximum),
        MaximumPacketSize = (int)(Number("connect", "maximum-packet-size") ?? (uint)options.MaximumPacketSize),
        TopicAliasMaximum = (ushort)(Number("connect", "topic-alias-maximum") ?? options.TopicAliasMaximum),
        RequestProblemInformation = Number("connect", "request-problem-information") != 0,
        RequestResponseInformation = Number("connect", "request-response-information") == 1,
        UserProperties = UserProperties("connect"),
    };

    public MqttMessage Compose(string packet, string topic, ReadOnlyMemory<byte> payload, QualityOfService qos, bool retain) => IsEmpty
        ? new MqttMessage { Topic = topic, Payload = payload, QoS = qos, Retain = retain }
        : new MqttMessage
        {
            Topic = topic,
            Payload = payload,
            QoS = qos,
            Retain = retain,
            IsPayloadText = Number(packet, "payload-format-indicator") == 1,
            MessageExpiryInterval = Number(packet, "message-expiry-interval"),
            ContentType = Text(packet, "content-type"),
            ResponseTopic = Text(packet, "response-topic"),
            CorrelationData = Text(packet, "correlation-data") is { } data ? Encoding.UTF8.GetBytes(data) : default(ReadOnlyMemory<byte>?),
            TopicAlias = (ushort)(Number(packet, "topic-alias") ?? 0),
            UserProperties = UserProperties(packet),
        };

    private static string[]? GetNames(string packet) => packet switch
    {
        "connect" =>
        [
            "session-expiry-interval", "receive-maximum", "maximum-packet-size", "topic-alias-maximum",
            "request-problem-information", "request-response-information", UserProperty,
        ],
        "will" => ["will-delay-interval", "payload-format-indicator", "message-expiry-interval", "content-type", "response-topic", "correlation-data", UserProperty],
        "publish" => ["payload-format-indicator", "message-expiry-interval", "content-type", "response-topic", "correlation-data", "topic-alias", UserProperty],
        "subscribe" => [UserProperty],
        "disconnect" => ["session-expiry-interval"],
        _ => null,
    };

    private static string? ExplainPacket(string packet) =>
        packet is "unsubscribe" or "auth" or "puback" or "pubrec" or "pubrel" or "pubcomp" ? $"{packet.ToUpperInvariant()} goes without properties here." : null;

    private static bool IsNumberValid(string name, string value, out string range)
    {
        (uint Min, uint Max)? limits = name switch
        {
            "payload-format-indicator" or "request-problem-information" or "request-response-information" => (0, 1),
            "message-expiry-interval" or "will-delay-interval" or "session-expiry-interval" => (0, uint.MaxValue),
            "topic-alias" or "receive-maximum" => (1, ushort.MaxValue),
            "topic-alias-maximum" => (0, ushort.MaxValue),
            "maximum-packet-size" => (16, Frame.PacketSizeMax),
            _ => null,
        };
        range = limits is { } shown ? $"a number from {shown.Min} to {shown.Max}" : "";
        return limits is not { } allowed
            || (uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= allowed.Min && number <= allowed.Max);
    }

    private string? Text(string packet, string name) => _values.GetValueOrDefault((packet, name));

    private uint? Number(string packet, string name) =>
        _values.TryGetValue((packet, name), out var value) ? uint.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture) : null;
}
