using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>DISCONNECT from either side (§3.14).</summary>
internal static class DisconnectChecks
{
    // §3.14.2.1: those that a server may send.
    private static readonly int[] ServerReasonCodes =
    [
        0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
    ];

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "no-disconnect-behind-a-refusal", ["MQTT-3.14.0-1"], "A connection that is refused gets no DISCONNECT.", NoneBehindRefusal),
        new(MqttVersion.V50, "reserved-flags-of-disconnect-close", ["MQTT-3.14.1-1"], "DISCONNECT with flags other than 0000 is answered by DISCONNECT with 0x81 or the end of the connection, and has the will published.", ReservedFlags),
        new(MqttVersion.V50, "disconnect-reason-codes", ["MQTT-3.14.2-1"], "However the broker is made to disconnect: the reason code is one that the table gives to servers.", context =>
            ProvokeAsync(context, null, packet => CheckContext.Expect(ServerReasonCodes.Contains(packet.ReasonCode), $"a reason code of the table, got {packet}"))),
        new(MqttVersion.V50, "server-disconnect-has-no-session-expiry", ["MQTT-3.14.2-2"], "However the broker is made to disconnect: there is no Session Expiry Interval in its DISCONNECT.", context =>
            ProvokeAsync(context, null, packet => CheckContext.Expect(packet.Property(PropertyId.SessionExpiryInterval) is null, $"no Session Expiry Interval, got {packet}"))),
        new(MqttVersion.V50, "disconnect-within-maximum-packet-size", ["MQTT-3.14.2-3", "MQTT-3.14.2-4"], "DISCONNECT to a client whose Maximum Packet Size is just that of CONNACK has no Reason String or User Property that makes it larger.", WithinSize),
        new(MqttVersion.V50, "disconnect-is-the-last-packet", ["MQTT-3.14.4-1"], "Nothing comes behind the broker's DISCONNECT, and nothing that a client sends behind its own is looked at.", LastPacket),
        new(MqttVersion.V50, "server-closes-after-its-disconnect", ["MQTT-3.14.4-2", "MQTT-4.13.2-1"], "However the broker is made to disconnect: it closes the connection.", context => ProvokeAsync(context, null, _ => { })),
        new(MqttVersion.V50, "unknown-disconnect-reason-code-keeps-the-will", ["MQTT-3.14.2-1"], "DISCONNECT with a reason code that is in no table does not drop the will.", context =>
            InvalidKeepsWillAsync(context, Packet.Frame(0xE0, 0x01))),
    ];

    private static readonly (string Name, byte[] Bytes)[] Offences =
    [
        ("CONNACK", [0x20, 0x03, 0x00, 0x00, 0x00]),
        ("PUBLISH with QoS 3", Packet.Publish(MqttVersion.V50, "t", "x", qos: 3, packetId: 1)),
        ("PUBLISH with Topic Alias 0", Packet.Publish(MqttVersion.V50, "t", "x", properties: new Properties().TwoByte(PropertyId.TopicAlias, 0))),
        ("PUBLISH to a wildcard", Packet.Publish(MqttVersion.V50, "a/#", "x")),
        ("SUBSCRIBE without a filter", Packet.Subscribe(MqttVersion.V50, 1, null)),
        ("packet type 0", [0x00, 0x00]),
    ];

    /// <summary>Provokes the broker in several ways; it must end the connection, and when it says why, with a DISCONNECT that is right.</summary>
    private static Task ProvokeAsync(CheckContext context, Properties? properties, Action<ReceivedPacket> examine) =>
        CheckContext.ExpectEachAsync(Offences.Select(offence => (offence.Name, (Func<Task>)(async () =>
        {
            var client = await context.ConnectAsync(context.Fields() with { Properties = properties });
            await client.SendAsync(offence.Bytes);
            if (await client.TryReceiveAsync() is { } packet)
            {
                CheckContext.Expect(packet.Type == PacketType.Disconnect, $"DISCONNECT or the end of the connection, got {packet}");
                examine(packet);
                await client.ExpectClosedAsync();
            }
        }))));

    private static Task NoneBehindRefusal(CheckContext context)
    {
        return CheckContext.ExpectEachAsync(
        [
            ("unknown Authentication Method", () => RefuseAsync(ConnAckChecks.Refused(context.Fields()))),
            ("reserved flag", () => RefuseAsync(context.Fields() with { FlagsXor = 1 })),
            ("unknown property", () => RefuseAsync(context.Fields() with { Properties = new Properties().Byte(0x7F, 0) })),
        ]);

        async Task RefuseAsync(ConnectFields fields)
        {
            var client = await context.OpenAsync();
            await client.SendAsync(Packet.Connect(fields));
            while (await client.TryReceiveAsync() is { } packet)
            {
                CheckContext.Expect(packet.Type == PacketType.ConnAck && packet.ReasonCode != 0, $"a refusal or the end of the connection, got {packet}");
            }
        }
    }

    private static async Task ReservedFlags(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await context.ConnectAsync();
        await watcher.SubscribeAsync(topic, 0);
        var client = await context.ConnectAsync(context.Fields() with { WillTopic = topic });
        await context.ExpectClosedAfterAsync(client, [0xE1, 0x00], 0x81);
        await watcher.ReceiveAsync(PacketType.Publish);
    }

    /// <summary>What is no valid DISCONNECT must end the connection without dropping the will.</summary>
    internal static async Task InvalidKeepsWillAsync(CheckContext context, byte[] disconnect, uint? sessionExpiry = null)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await context.ConnectAsync();
        await watcher.SubscribeAsync(topic, 0);
        var client = await context.ConnectAsync(context.Fields() with { WillTopic = topic, SessionExpiry = sessionExpiry });
        await context.ExpectClosedAfterAsync(client, disconnect);
        await watcher.ReceiveAsync(PacketType.Publish);
    }

    private static async Task WithinSize(CheckContext context)
    {
        var asked = await context.ConnectAsync();
        int limit = Math.Max(16, Packet.Frame(asked.ConnAck.FirstByte, asked.ConnAck.Body).Length);
        await ProvokeAsync(context, new Properties().FourByte(PropertyId.MaximumPacketSize, (uint)limit), packet =>
            CheckContext.Expect(Packet.Frame(packet.FirstByte, packet.Body).Length <= limit, $"DISCONNECT of at most {limit} bytes, got {packet}"));
    }

    private static async Task LastPacket(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 0);
        var offender = await context.ConnectAsync();
        await context.ExpectClosedAfterAsync(offender, [0x00, 0x00, .. Packet.PingReq]);
        var leaver = await context.ConnectAsync();
        await leaver.SendAsync(Packet.Join(Packet.Publish(MqttVersion.V50, topic, "before"), Packet.Disconnect(MqttVersion.V50), Packet.Publish(MqttVersion.V50, topic, "behind")));
        var before = await client.ReceiveAsync(PacketType.Publish);
        CheckContext.Expect(before.Text == "before", $"the message in front of DISCONNECT, got {before}");
        await context.ExpectNothingAsync(client);
    }
}
