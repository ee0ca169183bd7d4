namespace Godwit.Client.Conformance.Tests;

/// <summary>Sections 3.3.2 and 4.7: topic names, Response Topics and Topic Aliases, in both directions.</summary>
public class TopicTests
{
    [Theory]
    [InlineData(V50, "#"), InlineData(V50, "+"), InlineData(V50, "a/+/b"), InlineData(V50, "a#"), InlineData(V311, "#"), InlineData(V311, "+"), InlineData(V311, "a+")]
    [Statement("5.0", "MQTT-3.3.2-2", "MQTT-4.7.0-1")]
    [Statement("3.1.1", "MQTT-3.3.2-2", "MQTT-4.7.1-1")]
    public async Task A_topic_name_has_no_wildcards(MqttVersion version, string topic)
    {
        await Assert.ThrowsAsync<ArgumentException>(
            () => MqttClient.ConnectAsync(new MemoryStream(), Dialog.Options(version) with { Will = new MqttWill(new MqttMessage { Topic = topic }) }));
        await using var dialog = await Dialog.ConnectAsync(version);
        var exception = await Assert.ThrowsAsync<MqttException>(() => dialog.Client.PublishAsync(topic, "x").AsTask());
        Assert.Equal(ReasonCode.TopicNameInvalid, exception.ReasonCode);
        await dialog.ExpectSilenceAsync();
        await dialog.SendPublishAsync(topic, "x");
        await dialog.ExpectFaultAsync(0x81, 0x82, 0x90);
    }

    [Theory, InlineData("#"), InlineData("a/+")]
    [Statement("5.0", "MQTT-3.3.2-14")]
    public async Task A_Response_Topic_has_no_wildcards(string topic)
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        await Assert.ThrowsAsync<MqttException>(() => dialog.Client.PublishAsync(new MqttMessage { Topic = "a", ResponseTopic = topic }).AsTask());
        await dialog.ExpectSilenceAsync();
        await dialog.SendPublishAsync("a", "x", properties: new Properties().Text(PropertyId.ResponseTopic, topic));
        await dialog.ExpectFaultAsync(0x81, 0x82, 0x90);
    }

    [Fact]
    [Statement("5.0", "MQTT-3.3.2-13", "MQTT-3.3.2-19", "MQTT-3.3.4-6")]
    public async Task Properties_of_a_message_arrive_as_they_were_given()
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        var subscription = await dialog.SubscribeAsync("#");
        var properties = new Properties()
            .Text(PropertyId.ResponseTopic, "antwört").Text(PropertyId.ContentType, "tëxt").Binary(PropertyId.CorrelationData, 0, 255)
            .FourByte(PropertyId.MessageExpiryInterval, 7).Byte(PropertyId.PayloadFormatIndicator, 1).VarInt(PropertyId.SubscriptionIdentifier, 1);
        await dialog.SendPublishAsync("a", "x", properties: properties);
        var message = await Dialog.NextAsync(subscription);
        await dialog.Client.PublishAsync(message); // a Subscription Identifier is not sent on: the reader would refuse it
        Assert.Equal(
            new (int, object)[]
            {
                (PropertyId.PayloadFormatIndicator, 1),
                (PropertyId.MessageExpiryInterval, 7u),
                (PropertyId.ContentType, "tëxt"),
                (PropertyId.ResponseTopic, "antwört"),
                (PropertyId.CorrelationData, new byte[] { 0, 255 }),
            },
            (await dialog.ReadAsync(PacketType.Publish)).Properties.OrderBy(property => property.Id));
    }

    [Fact]
    [Statement("5.0", "MQTT-3.3.2-10")]
    public async Task Every_Topic_Alias_up_to_the_own_maximum_is_taken()
    {
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(V50) with { TopicAliasMaximum = 300 });
        var subscription = await dialog.SubscribeAsync("#");
        foreach (var topic in new[] { "t{0}", "other{0}" })
        {
            for (var alias = 1; alias <= 300; alias++)
            {
                await dialog.SendPublishAsync(string.Format(null, topic, alias), "x", properties: new Properties().TwoByte(PropertyId.TopicAlias, alias));
            }

            for (var alias = 1; alias <= 300; alias++)
            {
                await dialog.SendPublishAsync("", "x", properties: new Properties().TwoByte(PropertyId.TopicAlias, alias));
            }

            for (var index = 0; index < 600; index++)
            {
                Assert.Equal(string.Format(null, topic, (index % 300) + 1), (await Dialog.NextAsync(subscription)).Topic);
            }
        }
    }

    [Theory, InlineData(3, 4, "a"), InlineData(0, 1, "a"), InlineData(3, 0, "a"), InlineData(3, 65535, "a"), InlineData(3, 2, "")]
    [Statement("5.0", "MQTT-3.3.2-8")]
    public async Task A_Topic_Alias_that_is_0_too_high_or_unknown_ends_the_connection(int maximum, int alias, string topic)
    {
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(V50) with { TopicAliasMaximum = (ushort)maximum });
        await dialog.SendPublishAsync(topic, "x", properties: new Properties().TwoByte(PropertyId.TopicAlias, alias));
        await dialog.ExpectFaultAsync(0x82, 0x94);
    }

    [Fact]
    [Statement("5.0", "MQTT-3.3.2-7")]
    public async Task Topic_Aliases_end_with_their_connection()
    {
        var options = Dialog.Options(V50) with { CleanStart = false, SessionExpiryInterval = 60, OutgoingTopicAliasMaximum = 5 };
        var aliases = new Properties().TwoByte(PropertyId.TopicAliasMaximum, 5);
        await using var first = await Dialog.ConnectAsync(options, properties: aliases);
        await first.SendPublishAsync("a", "x", properties: new Properties().TwoByte(PropertyId.TopicAlias, 1));
        await first.Client.PublishAsync("b", "x");
        Assert.Equal("b", (await first.ReadAsync(PacketType.Publish)).Topic);
        _ = first.Client.PublishAsync("b", "x", QualityOfService.AtLeastOnce).AsTask();
        Assert.Equal("", (await first.ReadAsync(PacketType.Publish)).Topic);
        await first.CutAsync();

        await using var second = await Dialog.ConnectAsync(options with { SessionState = first.Client.SessionState }, sessionPresent: true, aliases);
        var again = await second.ReadAsync(PacketType.Publish);
        Assert.Equal(("b", 0), (again.Topic, again.Number(PropertyId.TopicAlias, 0)));
        await second.Client.PublishAsync("b", "x");
        Assert.Equal("b", (await second.ReadAsync(PacketType.Publish)).Topic);
        await second.SendPublishAsync("", "x", properties: new Properties().TwoByte(PropertyId.TopicAlias, 1));
        await second.ExpectFaultAsync(0x82, 0x94);
    }

    [Fact]
    [Statement("5.0", "MQTT-3.3.2-8")]
    public async Task Topic_Alias_0_means_none()
    {
        await using var dialog = await Dialog.ConnectAsync(V50, new Properties().TwoByte(PropertyId.TopicAliasMaximum, 5));
        await dialog.Client.PublishAsync(new MqttMessage { Topic = "a", TopicAlias = 0, ContentType = "x" });
        Assert.DoesNotContain((await dialog.ReadAsync(PacketType.Publish)).Properties, property => property.Id == PropertyId.TopicAlias);
    }
}
