using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary>The properties given as <c>-D PACKET NAME VALUE</c>, with two words of value for a user-property.</summary>
internal sealed class PropertyArguments
{
    private const string UserProperty = "user-property";

    private static readonly Dictionary<string, string[]> Known = new()
    {
        ["connect"] = ["receive-maximum", "maximum-packet-size", "topic-alias-maximum", UserProperty],
        ["will"] = ["will-delay-interval", "payload-format-indicator", "message-expiry-interval", "content-type", "response-topic", "correlation-data", UserProperty],
        ["publish"] = ["payload-format-indicator", "message-expiry-interval", "content-type", "response-topic", "correlation-data", "topic-alias", UserProperty],
        ["subscribe"] = [UserProperty],
    };

    private readonly Dictionary<(string Packet, string Name), string> _values = [];
    private readonly List<(string Packet, MqttUserProperty Property)> _userProperties = [];

    public bool IsEmpty => _values.Count == 0 && _userProperties.Count == 0;

    public bool Has(string packet) => _values.Keys.Any(key => key.Packet == packet) || _userProperties.Exists(property => property.Packet == packet);

    /// <summary>Reads the words after a -D.</summary>
    /// <param name="arguments">All arguments.</param>
    /// <param name="index">Where the -D is; afterwards where its last word is.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public bool TryAdd(IReadOnlyList<string> arguments, ref int index, [NotNullWhen(false)] out string? fault)
    {
        var rest = arguments.Skip(index + 1).Take(4).ToArray();
        if (rest.Length < 3)
        {
            fault = "-D needs a packet, a property and its value, as in: -D publish content-type text/plain";
            return false;
        }

        var packet = rest[0].ToLowerInvariant();
        var name = rest[1];
        if (!Known.TryGetValue(packet, out var names))
        {
            fault = $"-D {rest[0]}: the packet is none of {string.Join(", ", Known.Keys)}.";
            return false;
        }

        if (!names.Contains(name))
        {
            fault = $"-D {packet} {name}: the property is none of {string.Join(", ", names)}.";
            return false;
        }

        if (name == UserProperty)
        {
            if (rest.Length < 4)
            {
                fault = $"-D {packet} {UserProperty} needs a name and a value.";
                return false;
            }

            _userProperties.Add((packet, new MqttUserProperty(rest[2], rest[3])));
            index += 4;
        }
        else
        {
            if (!_values.TryAdd((packet, name), rest[2]))
            {
                fault = $"-D {packet} {name} is there twice.";
                return false;
            }

            if (!IsNumberValid(name, rest[2], out var range))
            {
                fault = $"-D {packet} {name} {rest[2]}: {range} is needed.";
                return false;
            }

            index += 3;
        }

        fault = null;
        return true;
    }

    public IReadOnlyList<MqttUserProperty> UserProperties(string packet) =>
        [.. _userProperties.Where(property => property.Packet == packet).Select(property => property.Property)];

    public MqttClientOptions Apply(MqttClientOptions options) => options with
    {
        ReceiveMaximum = (ushort)(Number("connect", "receive-maximum") ?? options.ReceiveMaximum),
        MaximumPacketSize = (int)(Number("connect", "maximum-packet-size") ?? (uint)options.MaximumPacketSize),
        TopicAliasMaximum = (ushort)(Number("connect", "topic-alias-maximum") ?? options.TopicAliasMaximum),
        UserProperties = UserProperties("connect"),
    };

    public MqttMessage Compose(string packet, string topic, ReadOnlyMemory<byte> payload, QualityOfService qos, bool retain) => new()
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

    public uint WillDelay => Number("will", "will-delay-interval") ?? 0;

    private static bool IsNumberValid(string name, string value, out string range)
    {
        (uint Min, uint Max)? limits = name switch
        {
            "payload-format-indicator" => (0, 1),
            "message-expiry-interval" or "will-delay-interval" => (0, uint.MaxValue),
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
