using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>What many conversations of 5.0 have in common.</summary>
internal static class Exchange
{
    /// <summary>Malformed Packet, or "Unspecified error" of a broker that does not want to reveal the reason (§3.14.2.1).</summary>
    public static readonly int[] Malformed = [0x80, 0x81];

    /// <summary>Protocol Error, or "Unspecified error".</summary>
    public static readonly int[] ProtocolError = [0x80, 0x82];

    /// <summary>The codes of PUBACK and PUBREC (§3.4.2.1, §3.5.2.1).</summary>
    public static readonly int[] PublishCodes = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

    /// <summary>The codes of PUBREL and PUBCOMP (§3.6.2.1, §3.7.2.1).</summary>
    public static readonly int[] ReleaseCodes = [0x00, 0x92];

    /// <summary>The check publishes or subscribes at this QoS.</summary>
    public static void NeedsQoS(this CheckContext context, int qos) =>
        CheckContext.NotApplicableWhen(context.Facts.MaximumQoS < qos, $"the broker's Maximum QoS is {context.Facts.MaximumQoS}");

    /// <summary>The check needs retained messages.</summary>
    public static void NeedsRetain(this CheckContext context) =>
        CheckContext.NotApplicableWhen(!context.Facts.RetainAvailable, "the broker says Retain Available 0");

    /// <summary>The check needs filters with wildcards.</summary>
    public static void NeedsWildcards(this CheckContext context) =>
        CheckContext.NotApplicableWhen(!context.Facts.WildcardSubscriptionAvailable, "the broker says Wildcard Subscription Available 0");

    /// <summary>The check needs shared subscriptions.</summary>
    public static void NeedsShared(this CheckContext context) =>
        CheckContext.NotApplicableWhen(!context.Facts.SharedSubscriptionAvailable, "the broker says Shared Subscription Available 0");

    /// <summary>PUBLISH of 5.0.</summary>
    public static byte[] Publish(string topic, string payload, int qos = 0, int packetId = 0, bool retain = false, bool dup = false, Properties? properties = null) =>
        Packet.Publish(MqttVersion.V50, topic, payload, qos, packetId, retain, dup, properties);

    /// <summary>SUBSCRIBE of 5.0 to one filter.</summary>
    public static byte[] Subscribe(int packetId, string filter, int options, Properties? properties = null) =>
        Packet.Subscribe(MqttVersion.V50, packetId, filter, options, properties);

    /// <summary>A subscriber of the filter and a publisher.</summary>
    public static async Task<(RawMqttClient Subscriber, RawMqttClient Publisher)> PairAsync(this CheckContext context, string filter, int options)
    {
        context.NeedsQoS(options & 3);
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(filter, options);
        return (subscriber, await context.ConnectAsync());
    }

    /// <summary>A subscriber whose session outlives its connection, the fields of its CONNECT, and a publisher to its topic.</summary>
    public static async Task<(ConnectFields Fields, RawMqttClient Subscriber, RawMqttClient Publisher, string Topic)> PersistentPairAsync(this CheckContext context, int qos)
    {
        context.NeedsQoS(qos);
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields();
        var subscriber = await context.ConnectAsync(fields);
        await subscriber.SubscribeAsync(topic, qos);
        return (fields, subscriber, await context.ConnectAsync(), topic);
    }

    /// <summary>Whatever comes for this client within the quiet time.</summary>
    public static async Task<IReadOnlyList<ReceivedPacket>> CollectAsync(this CheckContext context, RawMqttClient client)
    {
        await Task.Delay(context.Quiet);
        return await client.PingAndCollectAsync();
    }

    /// <summary>One PUBLISH arrives, is acknowledged, and has this payload.</summary>
    public static async Task<ReceivedPacket> ExpectMessageAsync(this RawMqttClient client, string payload)
    {
        var publish = await client.ReceivePublishAsync();
        CheckContext.Expect(publish.Text == payload, $"the message \"{payload}\", got \"{publish.Text}\" in {publish}");
        return publish;
    }

    /// <summary>The broker refuses a subscription: by a SUBACK with a failure, or by ending the connection.</summary>
    public static async Task ExpectSubscriptionRefusedAsync(this CheckContext context, string filter, int options = 0)
    {
        const int PacketId = 21;
        var client = await context.ConnectAsync();
        await client.SendAsync(Subscribe(PacketId, filter, options));
        if (await client.TryReceiveAsync() is not { } answer)
        {
            return;
        }

        if (answer.Type == PacketType.SubAck)
        {
            CheckContext.Expect(
                answer.PacketIdentifier == PacketId && answer.ReasonCodes is [>= 0x80],
                $"a SUBACK that refuses \"{filter}\", or the end of the connection, got {answer}");
            return;
        }

        CheckContext.Expect(answer.Type == PacketType.Disconnect && answer.ReasonCode >= 0x80, $"the end of the connection for the filter \"{filter}\", got {answer}");
        await client.ExpectClosedAsync();
    }

    /// <summary>The broker refuses a QoS 1 publication with this identifier: by a PUBACK with a failure, or by ending the connection.</summary>
    public static async Task ExpectPublicationRefusedAsync(this CheckContext context, byte[] publish, int packetId)
    {
        var client = await context.ConnectAsync();
        await client.SendAsync(publish);
        if (await client.TryReceiveAsync() is not { } answer)
        {
            return;
        }

        if (answer.Type == PacketType.PubAck)
        {
            CheckContext.Expect(
                answer.PacketIdentifier == packetId && answer.ReasonCode >= 0x80,
                $"a PUBACK that refuses the message, or the end of the connection, got {answer}");
            return;
        }

        CheckContext.Expect(answer.Type == PacketType.Disconnect && answer.ReasonCode >= 0x80, $"the end of the connection, got {answer}");
        await client.ExpectClosedAsync();
    }
}
