using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>Properties of PUBLISH other than the Topic Alias (§3.3.2.3).</summary>
internal static class PublishPropertyChecks
{
    private static readonly byte[] IllFormed = [0x74, 0xC0, 0x80];

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "publish-payload-format-is-forwarded", ["MQTT-3.3.2-4"], "The Payload Format Indicator reaches the subscriber as it was sent.", PayloadFormatIsForwarded),
        new(MqttVersion.V50, "publish-response-topic-is-forwarded", ["MQTT-3.3.2-15"], "The Response Topic reaches the subscriber as it was sent.", ResponseTopicIsForwarded),
        new(MqttVersion.V50, "publish-correlation-data-is-forwarded", ["MQTT-3.3.2-16"], "Correlation Data of any bytes reaches the subscriber as it was sent.", CorrelationDataIsForwarded),
        new(MqttVersion.V50, "publish-user-properties-are-forwarded", ["MQTT-3.3.2-17", "MQTT-3.3.2-18"], "All User Properties, with names that come twice, reach the subscriber in their order.", UserPropertiesAreForwarded),
        new(MqttVersion.V50, "publish-content-type-is-forwarded", ["MQTT-3.3.2-20"], "The Content Type reaches the subscriber as it was sent.", ContentTypeIsForwarded),
        new(MqttVersion.V50, "publish-properties-are-kept-with-a-retained-message", ["MQTT-3.3.2-17", "MQTT-3.3.2-4", "MQTT-3.3.2-15", "MQTT-3.3.2-16", "MQTT-3.3.2-20"], "A retained message has the properties with which it was published.", PropertiesAreRetained),
        new(MqttVersion.V50, "publish-expired-message-is-not-delivered", ["MQTT-3.3.2-5"], "A message that has waited longer than its Message Expiry Interval is not delivered.", ExpiredMessageIsNotDelivered),
        new(MqttVersion.V50, "publish-expired-retained-message-is-not-delivered", ["MQTT-3.3.2-5"], "A retained message is not delivered after its Message Expiry Interval.", ExpiredRetainedMessageIsNotDelivered),
        new(MqttVersion.V50, "publish-expiry-is-reduced", ["MQTT-3.3.2-6"], "The Message Expiry Interval arrives less the time that the message waited.", ExpiryIsReduced),
        new(MqttVersion.V50, "publish-ill-formed-response-topic-closes", ["MQTT-3.3.2-13"], "A Response Topic that is no UTF-8 ends the connection.", IllFormedResponseTopicIsMalformed),
        new(MqttVersion.V50, "publish-wildcard-response-topic-is-refused", ["MQTT-3.3.2-14"], "A Response Topic with a wildcard is refused and sent to nobody.", WildcardResponseTopicIsRefused),
        new(MqttVersion.V50, "publish-ill-formed-content-type-closes", ["MQTT-3.3.2-19"], "A Content Type that is no UTF-8 ends the connection.", IllFormedContentTypeIsMalformed),
    ];

    private static async Task PayloadFormatIsForwarded(CheckContext context)
    {
        var one = await PassAsync(context, new Properties().Byte(PropertyId.PayloadFormatIndicator, 1));
        CheckContext.Expect(one.Number(PropertyId.PayloadFormatIndicator, 0) == 1, $"Payload Format Indicator 1, got {one}");

        // 0 means the same as none.
        var zero = await PassAsync(context, new Properties().Byte(PropertyId.PayloadFormatIndicator, 0));
        CheckContext.Expect(zero.Number(PropertyId.PayloadFormatIndicator, 0) == 0, $"Payload Format Indicator 0, got {zero}");
    }

    private static async Task ResponseTopicIsForwarded(CheckContext context)
    {
        var publish = await PassAsync(context, new Properties().Text(PropertyId.ResponseTopic, "Answers/ä/ 1"));
        CheckContext.Expect(publish.Property(PropertyId.ResponseTopic) is "Answers/ä/ 1", $"the Response Topic, got {publish}");
    }

    private static async Task CorrelationDataIsForwarded(CheckContext context)
    {
        byte[] data = [0x00, 0xFF, 0x80, 0x0A, 0x00];
        var publish = await PassAsync(context, new Properties().Binary(PropertyId.CorrelationData, data));
        CheckContext.Expect(publish.Property(PropertyId.CorrelationData) is byte[] received && received.AsSpan().SequenceEqual(data), $"the Correlation Data, got {publish}");
    }

    private static async Task UserPropertiesAreForwarded(CheckContext context)
    {
        (string, string)[] expected = [("b", "1"), ("a", "2"), ("b", "1"), ("", ""), ("a", "0")];
        var properties = new Properties();
        foreach (var (name, value) in expected)
        {
            properties.User(name, value);
        }

        var publish = await PassAsync(context, properties);
        CheckContext.Expect(publish.UserProperties.SequenceEqual(expected), $"five User Properties in their order, got {string.Join(", ", publish.UserProperties)}");
    }

    private static async Task ContentTypeIsForwarded(CheckContext context)
    {
        var publish = await PassAsync(context, new Properties().Text(PropertyId.ContentType, "text/plain; x=ß"));
        CheckContext.Expect(publish.Property(PropertyId.ContentType) is "text/plain; x=ß", $"the Content Type, got {publish}");
    }

    private static async Task PropertiesAreRetained(CheckContext context)
    {
        context.NeedsRetain();
        context.NeedsQoS(1);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        var properties = new Properties()
            .Byte(PropertyId.PayloadFormatIndicator, 1)
            .Text(PropertyId.ResponseTopic, "answers")
            .Binary(PropertyId.CorrelationData, 1, 2, 3)
            .Text(PropertyId.ContentType, "text")
            .User("n", "v");
        await publisher.PublishAsync(topic, "x", qos: 1, retain: true, properties: properties);
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, 0);
        var publish = await subscriber.ExpectMessageAsync("x");
        CheckContext.Expect(publish.Number(PropertyId.PayloadFormatIndicator, 0) == 1, $"Payload Format Indicator 1, got {publish}");
        CheckContext.Expect(publish.Property(PropertyId.ResponseTopic) is "answers", $"the Response Topic, got {publish}");
        CheckContext.Expect(publish.Property(PropertyId.CorrelationData) is byte[] and [1, 2, 3], $"the Correlation Data, got {publish}");
        CheckContext.Expect(publish.Property(PropertyId.ContentType) is "text", $"the Content Type, got {publish}");
        CheckContext.Expect(publish.UserProperties is [("n", "v")], $"the User Property, got {publish}");
    }

    private static async Task ExpiredMessageIsNotDelivered(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var fields = await SleepingSubscriberAsync(context, topic);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "short", qos: 1, properties: Expiry(1));
        await publisher.PublishAsync(topic, "long", qos: 1, properties: Expiry(100));
        await publisher.PublishAsync(topic, "for ever", qos: 1);
        await Task.Delay(2100);
        var subscriber = await context.ConnectAsync(fields);
        await subscriber.ExpectMessageAsync("long");
        await subscriber.ExpectMessageAsync("for ever");
    }

    private static async Task ExpiredRetainedMessageIsNotDelivered(CheckContext context)
    {
        context.NeedsRetain();
        context.NeedsQoS(1);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "short", qos: 1, retain: true, properties: Expiry(1));
        await Task.Delay(2100);
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, 0);
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task ExpiryIsReduced(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var fields = await SleepingSubscriberAsync(context, topic);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1, properties: Expiry(100));
        await Task.Delay(2100);
        var subscriber = await context.ConnectAsync(fields);
        var publish = await subscriber.ExpectMessageAsync("x");
        long interval = publish.Number(PropertyId.MessageExpiryInterval, -1);
        CheckContext.Expect(interval is >= 80 and <= 98, $"a Message Expiry Interval of 100 less at least 2 seconds, got {interval} in {publish}");
    }

    private static Task IllFormedResponseTopicIsMalformed(CheckContext context) =>
        context.ExpectClosedAfterAsync(
            Exchange.Publish(CheckContext.NewTopic(), "x", properties: new Properties().Binary(PropertyId.ResponseTopic, IllFormed)), Exchange.Malformed);

    private static async Task WildcardResponseTopicIsRefused(CheckContext context)
    {
        context.NeedsQoS(1);
        string topic = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, 0);
        foreach (string response in new[] { "answers/#", "answers/+/a" })
        {
            var properties = new Properties().Text(PropertyId.ResponseTopic, response);
            await context.ExpectPublicationRefusedAsync(Exchange.Publish(topic, "x", qos: 1, packetId: 11, properties: properties), 11);
        }

        await context.ExpectNothingAsync(subscriber);
    }

    private static Task IllFormedContentTypeIsMalformed(CheckContext context) =>
        context.ExpectClosedAfterAsync(
            Exchange.Publish(CheckContext.NewTopic(), "x", properties: new Properties().Binary(PropertyId.ContentType, IllFormed)), Exchange.Malformed);

    private static Properties Expiry(uint seconds) => new Properties().FourByte(PropertyId.MessageExpiryInterval, seconds);

    /// <summary>A message with these properties as its subscriber gets it.</summary>
    private static async Task<ReceivedPacket> PassAsync(CheckContext context, Properties properties)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 0);
        await publisher.PublishAsync(topic, "x", properties: properties);
        return await subscriber.ExpectMessageAsync("x");
    }

    /// <summary>The CONNECT of a session with a QoS 1 subscription that is not connected.</summary>
    private static async Task<ConnectFields> SleepingSubscriberAsync(CheckContext context, string topic)
    {
        context.NeedsQoS(1);
        var fields = context.PersistentFields();
        var subscriber = await context.ConnectAsync(fields);
        await subscriber.SubscribeAsync(topic, 1);
        await subscriber.DisconnectAsync();
        return fields;
    }
}
