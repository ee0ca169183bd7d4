using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>SUBSCRIBE packets that a broker has to refuse (§3.8.1, §3.8.2, §3.8.3).</summary>
internal static class SubscribeErrorChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "subscribe-with-other-flags-closes", ["MQTT-3.8.1-1"], "SUBSCRIBE with flags other than 0010 ends the connection.", OtherFlags),
        new(MqttVersion.V50, "subscribe-ill-formed-filter-closes", ["MQTT-3.8.3-1"], "A Topic Filter that is no UTF-8 ends the connection.", IllFormedFilter),
        new(MqttVersion.V50, "subscribe-without-filter-closes", ["MQTT-3.8.3-2"], "SUBSCRIBE without a Topic Filter ends the connection.", WithoutFilter),
        new(MqttVersion.V50, "subscribe-filter-without-options-closes", ["MQTT-3.8.3-2"], "SUBSCRIBE with a Topic Filter but no Subscription Options ends the connection.", WithoutOptions),
        new(MqttVersion.V50, "subscribe-no-local-on-shared-closes", ["MQTT-3.8.3-4"], "No Local on a Shared Subscription ends the connection.", NoLocalOnShared),
        new(MqttVersion.V50, "subscribe-reserved-option-bits-closes", ["MQTT-3.8.3-5"], "A reserved bit in the Subscription Options ends the connection.", ReservedOptionBits),
    ];

    private static async Task OtherFlags(CheckContext context)
    {
        byte[] right = Exchange.Subscribe(9, CheckContext.NewTopic(), 0);
        foreach (int flags in new[] { 0, 3, 6, 10 })
        {
            byte[] wrong = [(byte)(0x80 | flags), .. right[1..]];
            await context.ExpectClosedAfterAsync(wrong, Exchange.Malformed);
        }
    }

    private static async Task IllFormedFilter(CheckContext context)
    {
        foreach (byte[] filter in new byte[][] { [0x74, 0xC3, 0x28], [0x74, 0xED, 0xA0, 0x80], [0x74, 0xFF] })
        {
            await context.ExpectClosedAfterAsync(Packet.Frame(0x82, new Bytes().TwoByte(9).VarInt(0).Binary(filter).Byte(0).ToArray()), Exchange.Malformed);
        }
    }

    private static Task WithoutFilter(CheckContext context) =>
        context.ExpectClosedAfterAsync(Packet.Frame(0x82, new Bytes().TwoByte(9).VarInt(0).ToArray()), 0x80, 0x81, 0x82);

    private static Task WithoutOptions(CheckContext context) =>
        context.ExpectClosedAfterAsync(Packet.Frame(0x82, new Bytes().TwoByte(9).VarInt(0).Text(CheckContext.NewTopic()).ToArray()), 0x80, 0x81, 0x82);

    private static Task NoLocalOnShared(CheckContext context)
    {
        context.NeedsShared();
        return context.ExpectClosedAfterAsync(Exchange.Subscribe(9, $"$share/g/{CheckContext.NewTopic()}", 0x04), Exchange.ProtocolError);
    }

    private static async Task ReservedOptionBits(CheckContext context)
    {
        foreach (int options in new[] { 0x40, 0x80, 0xC1 })
        {
            await context.ExpectClosedAfterAsync(Exchange.Subscribe(9, CheckContext.NewTopic(), options), Exchange.Malformed);
        }
    }
}
