using System.Globalization;
using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>Malformed packets and protocol errors that the standard describes without a number of their own, packet by packet (§2.2.2, §3, §4.13.1).</summary>
internal static class ProtocolErrorChecks
{
    private const string Topic = "t";

    // One value of each property, in the order of §2.2.2.2.
    private static readonly (int Id, string Name, byte[] Bytes)[] Samples =
    [
        Sample("Payload Format Indicator", p => p.Byte(PropertyId.PayloadFormatIndicator, 0)),
        Sample("Message Expiry Interval", p => p.FourByte(PropertyId.MessageExpiryInterval, 60)),
        Sample("Content Type", p => p.Text(PropertyId.ContentType, "a")),
        Sample("Response Topic", p => p.Text(PropertyId.ResponseTopic, "a")),
        Sample("Correlation Data", p => p.Binary(PropertyId.CorrelationData, 1)),
        Sample("Subscription Identifier", p => p.VarInt(PropertyId.SubscriptionIdentifier, 1)),
        Sample("Session Expiry Interval", p => p.FourByte(PropertyId.SessionExpiryInterval, 0)),
        Sample("Assigned Client Identifier", p => p.Text(PropertyId.AssignedClientIdentifier, "a")),
        Sample("Server Keep Alive", p => p.TwoByte(PropertyId.ServerKeepAlive, 60)),
        Sample("Authentication Method", p => p.Text(PropertyId.AuthenticationMethod, "a")),
        Sample("Authentication Data", p => p.Binary(PropertyId.AuthenticationData, 1)),
        Sample("Request Problem Information", p => p.Byte(PropertyId.RequestProblemInformation, 1)),
        Sample("Will Delay Interval", p => p.FourByte(PropertyId.WillDelayInterval, 0)),
        Sample("Request Response Information", p => p.Byte(PropertyId.RequestResponseInformation, 0)),
        Sample("Response Information", p => p.Text(PropertyId.ResponseInformation, "a")),
        Sample("Server Reference", p => p.Text(PropertyId.ServerReference, "a")),
        Sample("Reason String", p => p.Text(PropertyId.ReasonString, "a")),
        Sample("Receive Maximum", p => p.TwoByte(PropertyId.ReceiveMaximum, 10)),
        Sample("Topic Alias Maximum", p => p.TwoByte(PropertyId.TopicAliasMaximum, 1)),
        Sample("Topic Alias", p => p.TwoByte(PropertyId.TopicAlias, 1)),
        Sample("Maximum QoS", p => p.Byte(PropertyId.MaximumQoS, 1)),
        Sample("Retain Available", p => p.Byte(PropertyId.RetainAvailable, 1)),
        Sample("User Property", p => p.User("a", "b")),
        Sample("Maximum Packet Size", p => p.FourByte(PropertyId.MaximumPacketSize, 100_000)),
        Sample("Wildcard Subscription Available", p => p.Byte(PropertyId.WildcardSubscriptionAvailable, 1)),
        Sample("Subscription Identifier Available", p => p.Byte(PropertyId.SubscriptionIdentifierAvailable, 1)),
        Sample("Shared Subscription Available", p => p.Byte(PropertyId.SharedSubscriptionAvailable, 1)),
    ];

    private static readonly (string Name, byte[] Bytes)[] Unknown =
    [
        ("0x00", [0x00, 0x00]),
        ("0x04", [0x04, 0x00]),
        ("0x7F", [0x7F, 0x00]),
        ("0x0801 of two bytes", [0x81, 0x10, 0x00]),
    ];

    private static readonly Place[] Places =
    [
        new("connect", "CONNECT", (context, p) => context.ExpectConnectRefusedAsync(Packet.Connect(context.Fields() with { Properties = p })))
        {
            Allowed = [0x11, 0x21, 0x27, 0x22, 0x19, 0x17, 0x26, 0x15, 0x16],
            Twice = [0x11, 0x21, 0x27, 0x22, 0x19, 0x17, 0x15],
        },
        new("will", "the will of CONNECT", (context, p) =>
            context.ExpectConnectRefusedAsync(Packet.Connect(context.Fields() with { WillTopic = CheckContext.NewTopic(), WillProperties = p })))
        {
            Allowed = [0x18, 0x01, 0x02, 0x03, 0x08, 0x09, 0x26],
            Twice = [0x18, 0x01, 0x02, 0x03, 0x08, 0x09],
        },
        new("publish", "PUBLISH", (context, p) => context.ExpectClosedAfterAsync(Packet.Publish(MqttVersion.V50, Topic, "x", properties: p)))
        {
            Allowed = [0x01, 0x02, 0x23, 0x08, 0x09, 0x26, 0x0B, 0x03], // that a client may not send 0x0B is MQTT-3.3.4-6
            Twice = [0x01, 0x02, 0x23, 0x08, 0x09, 0x03],
        },
        Acknowledgement("puback", "PUBACK", PacketType.PubAck),
        Acknowledgement("pubrec", "PUBREC", PacketType.PubRec),
        Acknowledgement("pubrel", "PUBREL", PacketType.PubRel),
        Acknowledgement("pubcomp", "PUBCOMP", PacketType.PubComp),
        new("subscribe", "SUBSCRIBE", (context, p) => context.ExpectClosedAfterAsync(Packet.Subscribe(MqttVersion.V50, 1, CheckContext.NewTopic(), 0, p)))
        {
            Allowed = [0x0B, 0x26],
            Twice = [0x0B],
        },
        new("unsubscribe", "UNSUBSCRIBE", (context, p) => context.ExpectClosedAfterAsync(Unsubscribe(p)))
        {
            Allowed = [0x26],
        },
        new("disconnect", "DISCONNECT", (context, p) => DisconnectChecks.InvalidKeepsWillAsync(context, Packet.Disconnect(MqttVersion.V50, 0, p)))
        {
            Allowed = [0x11, 0x1F, 0x26, 0x1C],
            Twice = [0x11, 0x1F],
        },
    ];

    public static readonly Check[] All =
    [
        .. Places.SelectMany(OfPlace),
        .. OneBad("connect-receive-maximum-0-refused", "CONNECT with Receive Maximum 0 is refused.", "connect", p => p.TwoByte(PropertyId.ReceiveMaximum, 0)),
        .. OneBad("connect-maximum-packet-size-0-refused", "CONNECT with Maximum Packet Size 0 is refused.", "connect", p => p.FourByte(PropertyId.MaximumPacketSize, 0)),
        .. OneBad("connect-request-problem-information-2-refused", "CONNECT with Request Problem Information 2 is refused.", "connect", p => p.Byte(PropertyId.RequestProblemInformation, 2)),
        .. OneBad("connect-request-response-information-2-refused", "CONNECT with Request Response Information 2 is refused.", "connect", p => p.Byte(PropertyId.RequestResponseInformation, 2)),
        .. OneBad("connect-authentication-data-without-method-refused", "CONNECT with Authentication Data and no Authentication Method is refused.", "connect", p => p.Binary(PropertyId.AuthenticationData, 1)),
        .. OneBad("connect-authentication-data-twice-refused", "CONNECT with Authentication Data twice is refused.", "connect", p => p.Text(PropertyId.AuthenticationMethod, "no-such-method").Binary(PropertyId.AuthenticationData, 1).Binary(PropertyId.AuthenticationData, 1)),
        .. OneBad("will-payload-format-2-refused", "CONNECT with Payload Format Indicator 2 in its will is refused.", "will", p => p.Byte(PropertyId.PayloadFormatIndicator, 2)),
        .. OneBad("publish-payload-format-2-closes", "PUBLISH with Payload Format Indicator 2 ends the connection.", "publish", p => p.Byte(PropertyId.PayloadFormatIndicator, 2)),
        .. OneBad("publish-topic-alias-0-closes", "PUBLISH with Topic Alias 0 ends the connection.", "publish", p => p.TwoByte(PropertyId.TopicAlias, 0)),
        .. OneBad("subscribe-subscription-identifier-0-closes", "SUBSCRIBE with Subscription Identifier 0 ends the connection.", "subscribe", p => p.VarInt(PropertyId.SubscriptionIdentifier, 0)),
        .. OneBad("subscribe-subscription-identifier-of-five-bytes-closes", "SUBSCRIBE with a Subscription Identifier of five bytes ends the connection.", "subscribe", p => p.Raw(0x0B, 0xFF, 0xFF, 0xFF, 0xFF, 0x01)),
        new(MqttVersion.V50, "publish-topic-alias-above-maximum-closes", ["MQTT-4.13.1-1"], "PUBLISH with an alias above the Topic Alias Maximum of CONNACK (0, when it does not say) ends the connection.", AliasAboveMaximum),
        new(MqttVersion.V50, "publish-topic-alias-not-set-closes", ["MQTT-4.13.1-1"], "PUBLISH with an alias that was not set, and no topic, ends the connection.", context =>
            context.ExpectClosedAfterAsync(Packet.Publish(MqttVersion.V50, "", "x", properties: new Properties().TwoByte(PropertyId.TopicAlias, 1)))),
        new(MqttVersion.V50, "publish-without-topic-closes", ["MQTT-4.13.1-1"], "PUBLISH with an empty topic and no alias ends the connection.", context =>
            context.ExpectClosedAfterAsync(Packet.Publish(MqttVersion.V50, "", "x"))),
        new(MqttVersion.V50, "packets-of-servers-close", ["MQTT-4.13.1-1"], "CONNACK, SUBACK, UNSUBACK and PINGRESP from a client end its connection.", context => CheckContext.ExpectEachAsync(
        [
            ("CONNACK", () => context.ExpectClosedAfterAsync([0x20, 0x03, 0x00, 0x00, 0x00])),
            ("SUBACK", () => context.ExpectClosedAfterAsync([0x90, 0x04, 0x00, 0x01, 0x00, 0x00])),
            ("UNSUBACK", () => context.ExpectClosedAfterAsync([0xB0, 0x04, 0x00, 0x01, 0x00, 0x00])),
            ("PINGRESP", () => context.ExpectClosedAfterAsync(Packet.PingResp)),
        ])),
        new(MqttVersion.V50, "packet-type-0-closes", ["MQTT-4.13.1-1"], "A packet of the reserved type 0 ends the connection.", context => context.ExpectClosedAfterAsync([0x00, 0x00])),
        new(MqttVersion.V50, "pingreq-with-body-closes", ["MQTT-4.13.1-1"], "PINGREQ with a Remaining Length other than 0 ends the connection.", context => context.ExpectClosedAfterAsync([0xC0, 0x01, 0x00])),
        new(MqttVersion.V50, "packet-cut-short-closes", ["MQTT-4.13.1-1"], "Packets whose fields do not fit into their Remaining Length end the connection.", CutShort),
        new(MqttVersion.V50, "bytes-behind-the-last-field-close", ["MQTT-4.13.1-1"], "Packets with bytes behind their last field end the connection.", BytesBehind),
        new(MqttVersion.V50, "retain-handling-3-closes", ["MQTT-4.13.1-1"], "SUBSCRIBE with Retain Handling 3 ends the connection.", context =>
            context.ExpectClosedAfterAsync(Packet.Subscribe(MqttVersion.V50, 1, CheckContext.NewTopic(), 0x30))),
        new(MqttVersion.V50, "subscribe-qos-3-closes", ["MQTT-4.13.1-1"], "SUBSCRIBE with a maximum QoS of 3 ends the connection.", context =>
            context.ExpectClosedAfterAsync(Packet.Subscribe(MqttVersion.V50, 1, CheckContext.NewTopic(), 3))),
        new(MqttVersion.V50, "disconnect-raises-session-expiry-from-0", ["MQTT-4.13.1-1"], "DISCONNECT that sets a Session Expiry Interval after 0 in CONNECT is no valid DISCONNECT: the will is published, and the session ends.", RaisedFromZero),
        new(MqttVersion.V50, "packet-above-servers-maximum-size-closes", ["MQTT-4.13.1-1"], "A packet one byte above the Maximum Packet Size of CONNACK ends the connection.", AboveServersMaximum),
        new(MqttVersion.V50, "protocol-error-ends-one-connection-alone", ["MQTT-4.13.1-1"], "A protocol error ends its own connection, at once, and no other.", OneAlone),
    ];

    private static (int Id, string Name, byte[] Bytes) Sample(string name, Func<Properties, Properties> add)
    {
        byte[] bytes = add(new Properties()).ToArray();
        return (bytes[0], name, bytes);
    }

    private static Place Acknowledgement(string name, string words, PacketType type) => new(name, words, (context, p) =>
    {
        byte[] bytes = p.ToArray();
        return context.ExpectClosedAfterAsync(Packet.Frame(
            ((int)type << 4) | (type == PacketType.PubRel ? 2 : 0), new Bytes().TwoByte(1).Byte(0).VarInt(bytes.Length).Raw(bytes).ToArray()));
    })
    {
        Allowed = [0x1F, 0x26],
        Twice = [0x1F],
    };

    private static byte[] Unsubscribe(Properties properties)
    {
        byte[] bytes = properties.ToArray();
        return Packet.Frame(0xA2, new Bytes().TwoByte(1).VarInt(bytes.Length).Raw(bytes).Text(Topic).ToArray());
    }

    private static IEnumerable<Check> OfPlace(Place place)
    {
        string ends = place.Name is "connect" or "will" ? "refused" : "closes";
        string outcome = place.Name switch
        {
            "connect" or "will" => "is refused",
            "disconnect" => "ends the connection and does not drop the will",
            _ => "ends the connection",
        };
        if (place.Twice.Length > 0)
        {
            yield return new(MqttVersion.V50, $"{place.Name}-property-twice-{ends}", ["MQTT-4.13.1-1"], $"A property that may stand once, standing twice in {place.Words}, {outcome}.", context =>
                CheckContext.ExpectEachAsync(Samples.Where(sample => place.Twice.Contains(sample.Id)).Select(sample =>
                    (sample.Name, (Func<Task>)(() => place.SendAsync(context, new Properties().Raw(sample.Bytes).Raw(sample.Bytes)))))));
        }

        yield return new(MqttVersion.V50, $"{place.Name}-misplaced-property-{ends}", ["MQTT-4.13.1-1"], $"A property of other packets in {place.Words} {outcome}.", context =>
            CheckContext.ExpectEachAsync(Samples.Where(sample => !place.Allowed.Contains(sample.Id)).Select(sample =>
                (sample.Name, (Func<Task>)(() => place.SendAsync(context, new Properties().Raw(sample.Bytes)))))));
        yield return new(MqttVersion.V50, $"{place.Name}-unknown-property-{ends}", ["MQTT-4.13.1-1"], $"A property identifier that is not in the table, in {place.Words}, {outcome}.", context =>
            CheckContext.ExpectEachAsync(Unknown.Select(unknown =>
                (unknown.Name, (Func<Task>)(() => place.SendAsync(context, new Properties().Raw(unknown.Bytes)))))));
        yield return new(MqttVersion.V50, $"{place.Name}-property-cut-short-{ends}", ["MQTT-4.13.1-1"], $"A property that does not fit into the Property Length, in {place.Words}, {outcome}.", context =>
            CheckContext.ExpectEachAsync(
            [
                ("a name without its end", () => place.SendAsync(context, new Properties().Raw(0x26, 0, 9, (byte)'a'))),
                ("a name without a value", () => place.SendAsync(context, new Properties().Raw(0x26, 0, 1, (byte)'a'))),
                ("an identifier alone", () => place.SendAsync(context, new Properties().Raw(0x26))),
            ]));
    }

    private static IEnumerable<Check> OneBad(string name, string summary, string place, Func<Properties, Properties> add)
    {
        yield return new(MqttVersion.V50, name, ["MQTT-4.13.1-1"], summary, context => Places.Single(each => each.Name == place).SendAsync(context, add(new Properties())));
    }

    private static async Task AliasAboveMaximum(CheckContext context)
    {
        var client = await context.ConnectAsync();
        long maximum = client.ConnAck.Number(PropertyId.TopicAliasMaximum, 0);
        CheckContext.NotApplicableWhen(maximum == 65_535, "the broker takes every alias");
        await context.ExpectClosedAfterAsync(
            client, Packet.Publish(MqttVersion.V50, CheckContext.NewTopic(), "x", properties: new Properties().TwoByte(PropertyId.TopicAlias, (int)maximum + 1)));
    }

    private static Task CutShort(CheckContext context) => CheckContext.ExpectEachAsync(
    [
        ("PUBLISH whose topic is longer", () => context.ExpectClosedAfterAsync([0x30, 0x04, 0x00, 0x09, (byte)'a', (byte)'b'])),
        ("PUBLISH without its identifier", () => context.ExpectClosedAfterAsync([0x32, 0x04, 0x00, 0x01, (byte)'t', 0x00])),
        ("PUBLISH whose properties are longer", () => context.ExpectClosedAfterAsync(Packet.Frame(0x30, 0, 1, (byte)'t', 9, 1, 0))),
        ("PUBACK of one byte", () => context.ExpectClosedAfterAsync([0x40, 0x01, 0x00])),
        ("SUBSCRIBE without options", () => context.ExpectClosedAfterAsync(Packet.Frame(0x82, 0, 1, 0, 0, 1, (byte)'t'))),
        ("SUBSCRIBE whose filter is longer", () => context.ExpectClosedAfterAsync(Packet.Frame(0x82, 0, 1, 0, 0, 9, (byte)'t', 0))),
        ("UNSUBSCRIBE whose filter is longer", () => context.ExpectClosedAfterAsync(Packet.Frame(0xA2, 0, 1, 0, 0, 9, (byte)'t'))),
        ("DISCONNECT whose properties are longer", () => context.ExpectClosedAfterAsync(Packet.Frame(0xE0, 0, 9, 0x11))),
    ]);

    private static Task BytesBehind(CheckContext context) => CheckContext.ExpectEachAsync(
    [
        ("PUBACK", () => context.ExpectClosedAfterAsync(Packet.Frame(0x40, 0, 1, 0, 0, 0))),
        ("PUBREL", () => context.ExpectClosedAfterAsync(Packet.Frame(0x62, 0, 1, 0, 0, 0))),
        ("DISCONNECT", () => DisconnectChecks.InvalidKeepsWillAsync(context, Packet.Frame(0xE0, 0, 0, 0))),
    ]);

    private static async Task RaisedFromZero(CheckContext context)
    {
        await DisconnectChecks.InvalidKeepsWillAsync(context, Packet.Disconnect(MqttVersion.V50, 0, new Properties().FourByte(PropertyId.SessionExpiryInterval, 60)), sessionExpiry: 0);
        var fields = context.PersistentFields() with { SessionExpiry = null };
        var client = await context.ConnectAsync(fields);
        await context.ExpectClosedAfterAsync(client, Packet.Disconnect(MqttVersion.V50, 0, new Properties().FourByte(PropertyId.SessionExpiryInterval, 60)));
        var again = await context.ConnectAsync(fields);
        CheckContext.Expect(!again.ConnAck.SessionPresent, $"Session Present 0, got {again.ConnAck}");
    }

    private static async Task AboveServersMaximum(CheckContext context)
    {
        var client = await context.ConnectAsync();
        long maximum = client.ConnAck.Number(PropertyId.MaximumPacketSize, long.MaxValue);
        CheckContext.NotApplicableWhen(maximum > 16_777_216, maximum == long.MaxValue ? "the broker announces no Maximum Packet Size" : string.Create(CultureInfo.InvariantCulture, $"a packet of {maximum} bytes is too much for a check"));
        string topic = CheckContext.NewTopic();
        int overhead = Packet.Publish(MqttVersion.V50, topic, new byte[maximum]).Length - (int)maximum;
        await context.ExpectClosedAfterAsync(client, Packet.Publish(MqttVersion.V50, topic, new byte[maximum + 1 - overhead]));
    }

    private static async Task OneAlone(CheckContext context)
    {
        var bystander = await context.ConnectAsync();
        await context.ExpectClosedAfterAsync([0x00, 0x00]);
        await bystander.PingAsync();
    }

    /// <summary>Where properties stand.</summary>
    /// <param name="Name">For names of checks.</param>
    /// <param name="Words">For sentences.</param>
    /// <param name="SendAsync">Sends the packet with these properties and expects the end of the connection.</param>
    private sealed record Place(string Name, string Words, Func<CheckContext, Properties, Task> SendAsync)
    {
        /// <summary>The properties that the table of §2.2.2.2 gives to this packet.</summary>
        public int[] Allowed { get; init; } = [];

        /// <summary>Those of them that may stand only once.</summary>
        public int[] Twice { get; init; } = [];
    }
}
