using System.Text;

namespace Godwit.Client.Conformance.Tests;

/// <summary>5.0 section 1.5, 3.1.1 section 1.5.3: strings and integers, in both directions.</summary>
public class DataRepresentationTests
{
    // Not as data of the tests: a lone surrogate does not survive in an attribute.
    private static readonly string[] Impossible = ["a\uD800b", "\uDC00", "a\0b"];

    public static TheoryData<MqttVersion, string> IllFormedTexts() => new(
        from version in new[] { V50, V311 }
        from text in new[] { "61EDA08062", "61EDBFBF", "C080", "FF", "F4908080", "C3", "E282" }
        select (version, text));

    [Theory, MemberData(nameof(IllFormedTexts))]
    [Statement("5.0", "MQTT-1.5.4-1", "MQTT-3.3.2-1")]
    [Statement("3.1.1", "MQTT-1.5.3-1", "MQTT-3.3.2-1", "MQTT-4.8.0-1")]
    public async Task An_ill_formed_topic_from_the_server_ends_the_connection(MqttVersion version, string topic)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendAsync(ServerPacket.Publish(version, Convert.FromHexString(topic)));
        await dialog.ExpectFaultAsync(0x81, 0x82, 0x90);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-1.5.4-2", "MQTT-4.7.3-2")]
    [Statement("3.1.1", "MQTT-1.5.3-2", "MQTT-4.7.3-2")]
    public async Task U0000_from_the_server_ends_the_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendPublishAsync("a\0b", "");
        await dialog.ExpectFaultAsync(0x81, 0x82, 0x90);
    }

    [Theory, InlineData(PropertyId.ContentType), InlineData(PropertyId.ResponseTopic)]
    [Statement("5.0", "MQTT-1.5.4-1", "MQTT-1.5.4-2", "MQTT-3.3.2-13", "MQTT-3.3.2-19")]
    public async Task An_ill_formed_text_property_from_the_server_ends_the_connection(int property)
    {
        foreach (var text in new byte[][] { [0xED, 0xA0, 0x80], [0x61, 0], [0xC0, 0xAF] })
        {
            await using var dialog = await Dialog.ConnectAsync(V50);
            await dialog.SendPublishAsync("a", "", properties: new Properties().Binary(property, text));
            await dialog.ExpectFaultAsync(0x81, 0x82, 0x90);
        }
    }

    [Theory, InlineData("ED A080", "61"), InlineData("61", "EDA080"), InlineData("6100", "61"), InlineData("61", "00")]
    [Statement("5.0", "MQTT-1.5.7-1")]
    public async Task Name_and_value_of_a_User_Property_from_the_server_are_both_checked(string name, string value)
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        var pair = new Bytes().Binary(Convert.FromHexString(name.Replace(" ", "", StringComparison.Ordinal))).Binary(Convert.FromHexString(value)).ToArray();
        await dialog.SendPublishAsync("a", "", properties: new Properties().Raw(PropertyId.UserProperty).Raw(pair));
        await dialog.ExpectFaultAsync(0x81, 0x82);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-1.5.4-3")]
    [Statement("3.1.1", "MQTT-1.5.3-3")]
    public async Task A_byte_order_mark_is_a_character_like_others(MqttVersion version)
    {
        const string Topic = "\uFEFFa/\uFEFF\uFEFF";
        await using var dialog = await Dialog.ConnectAsync(version);
        var subscription = await dialog.SubscribeAsync("#");
        await dialog.SendPublishAsync(Topic, "x");
        Assert.Equal(Topic, (await Dialog.NextAsync(subscription)).Topic);
        await dialog.Client.PublishAsync(Topic, "x");
        Assert.Equal(Topic, (await dialog.ReadAsync(PacketType.Publish)).Topic);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-1.5.4-1", "MQTT-1.5.4-2", "MQTT-3.3.2-1", "MQTT-3.8.3-1", "MQTT-3.10.3-1", "MQTT-4.7.3-2")]
    [Statement("3.1.1", "MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-3.3.2-1", "MQTT-3.8.3-1", "MQTT-3.10.3-1", "MQTT-4.7.3-2")]
    public async Task Topics_and_filters_that_cannot_be_strings_are_not_sent(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        foreach (var text in Impossible)
        {
            await Assert.ThrowsAsync<MqttException>(() => dialog.Client.PublishAsync(text, "x").AsTask());
            await Assert.ThrowsAsync<MqttException>(() => dialog.Client.SubscribeAsync(text));
            await Assert.ThrowsAsync<MqttException>(() => dialog.Client.UnsubscribeAsync(text));
        }

        await dialog.ExpectSilenceAsync();
    }

    [Fact]
    [Statement("5.0", "MQTT-1.5.4-1", "MQTT-1.5.4-2", "MQTT-1.5.7-1", "MQTT-3.3.2-13", "MQTT-3.3.2-19")]
    public async Task Properties_that_cannot_be_strings_are_not_sent()
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        foreach (var text in Impossible)
        {
            MqttMessage[] messages =
            [
                new MqttMessage { Topic = "a", ContentType = text },
                new MqttMessage { Topic = "a", ResponseTopic = text },
                new MqttMessage { Topic = "a", UserProperties = [new MqttUserProperty(text, "x")] },
                new MqttMessage { Topic = "a", UserProperties = [new MqttUserProperty("x", text)] },
            ];
            foreach (var message in messages)
            {
                await Assert.ThrowsAsync<MqttException>(() => dialog.Client.PublishAsync(message).AsTask());
            }

            await Assert.ThrowsAsync<MqttException>(() => dialog.Client.UnsubscribeAsync("a", [new MqttUserProperty(text, "x")]));
            await Assert.ThrowsAsync<ArgumentException>(() => dialog.Client.DisconnectAsync(new MqttDisconnectOptions { ReasonString = text }));
        }

        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-1.5.4-1", "MQTT-1.5.4-2", "MQTT-3.1.3-4", "MQTT-3.1.3-11", "MQTT-3.1.3-12")]
    [Statement("3.1.1", "MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-3.1.3-4", "MQTT-3.1.3-10", "MQTT-3.1.3-11")]
    public async Task Connections_with_texts_that_cannot_be_strings_are_not_opened(MqttVersion version)
    {
        var options = Dialog.Options(version);
        List<MqttClientOptions> faulty = [];
        foreach (var text in Impossible)
        {
            faulty.Add(options with { ClientId = text });
            faulty.Add(options with { Credentials = new MqttCredentials(text, "x") });
            faulty.Add(options with { Will = new MqttWill(new MqttMessage { Topic = text }) });
            if (version == V50)
            {
                faulty.Add(options with { UserProperties = [new MqttUserProperty(text, "x")] });
                faulty.Add(options with { Will = new MqttWill(new MqttMessage { Topic = "a", ContentType = text }) });
            }
        }

        foreach (var each in faulty)
        {
            await Assert.ThrowsAsync<ArgumentException>(() => MqttClient.ConnectAsync(new MemoryStream(), each));
        }
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.7.3-1", "MQTT-4.7.3-3")]
    [Statement("3.1.1", "MQTT-4.7.3-1", "MQTT-4.7.3-3")]
    public async Task Empty_topics_and_filters_and_those_over_65535_bytes_are_not_sent(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        foreach (var text in new[] { "", new string('x', 65536), new string('ä', 32768) })
        {
            await Assert.ThrowsAsync<MqttException>(() => dialog.Client.PublishAsync(text, "x").AsTask());
            await Assert.ThrowsAsync<MqttException>(() => dialog.Client.SubscribeAsync(text));
            await Assert.ThrowsAsync<MqttException>(() => dialog.Client.UnsubscribeAsync(text));
        }

        await dialog.ExpectSilenceAsync();
        var longest = new string('x', 65535);
        await dialog.Client.PublishAsync(longest, "x");
        Assert.Equal(longest, (await dialog.ReadAsync(PacketType.Publish)).Topic);
        var subscription = await dialog.SubscribeAsync(longest);
        await dialog.SendPublishAsync(longest, "x");
        Assert.Equal(longest, (await Dialog.NextAsync(subscription)).Topic);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.7.3-1")]
    [Statement("3.1.1", "MQTT-4.7.3-1")]
    public async Task An_empty_topic_from_the_server_ends_the_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendPublishAsync("", "x");
        await dialog.ExpectFaultAsync(0x81, 0x82, 0x90);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-1.5.5-1")]
    public async Task Lengths_are_written_in_their_shortest_form(MqttVersion version)
    {
        // The reader of this kit refuses any other form; these are the lengths at which the form grows.
        await using var dialog = await Dialog.ConnectAsync(version);
        foreach (var remainingLength in new[] { 127, 128, 16383, 16384, 2097151, 2097152 })
        {
            var payload = new byte[remainingLength - 3 - (version == V50 ? 1 : 0)];
            await dialog.Client.PublishAsync("a", payload);
            Assert.Equal(payload.Length, (await dialog.ReadAsync(PacketType.Publish)).Payload.Length);
        }
    }

    [Fact]
    [Statement("5.0", "MQTT-1.5.5-1")]
    public async Task Property_lengths_are_written_in_their_shortest_form()
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        foreach (var propertyLength in new[] { 127, 128, 16383, 16384 })
        {
            var contentType = new string('x', propertyLength - 3);
            await dialog.Client.PublishAsync(new MqttMessage { Topic = "a", ContentType = contentType });
            Assert.Equal((PropertyId.ContentType, contentType), Assert.Single((await dialog.ReadAsync(PacketType.Publish)).Properties));
        }
    }

    [Theory, InlineData("D08000"), InlineData("30858000 000161 00 78"), InlineData("3006 000161 8000 78")]
    [Statement("5.0", "MQTT-1.5.5-1")]
    public async Task A_length_in_a_longer_form_than_needed_ends_the_connection(string packet)
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        await dialog.SendAsync(Convert.FromHexString(packet.Replace(" ", "", StringComparison.Ordinal)));
        await dialog.ExpectFaultAsync(0x81);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("3.1.1", "MQTT-4.8.0-1")]
    public async Task A_length_of_five_bytes_ends_the_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendAsync([0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]);
        await dialog.ExpectFaultAsync(0x81);
    }

    [Fact]
    [Statement("5.0", "MQTT-1.5.7-1")]
    public async Task User_Properties_arrive_as_they_were_given()
    {
        MqttUserProperty[] properties = [new("", ""), new("ä", "\U0001F600"), new("ä", "again"), new(new string('x', 65535), "y")];
        await using var dialog = await Dialog.ConnectAsync(V50);
        await dialog.Client.PublishAsync(new MqttMessage { Topic = "a", UserProperties = properties });
        Assert.Equal(
            properties.Select(property => (PropertyId.UserProperty, (object)(property.Name, property.Value))),
            (await dialog.ReadAsync(PacketType.Publish)).Properties);
        var subscription = await dialog.SubscribeAsync("a");
        var back = properties.Aggregate(new Properties(), (all, property) => all.User(property.Name, property.Value));
        await dialog.SendPublishAsync("a", "", properties: back);
        Assert.Equal(properties, (await Dialog.NextAsync(subscription)).UserProperties);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.3-4", "MQTT-3.1.3-11", "MQTT-3.1.3-12", "MQTT-3.3.2-1", "MQTT-3.8.3-1", "MQTT-3.10.3-1")]
    [Statement("3.1.1", "MQTT-3.1.3-4", "MQTT-3.1.3-10", "MQTT-3.1.3-11", "MQTT-3.3.2-1", "MQTT-3.8.3-1", "MQTT-3.10.3-1")]
    public async Task Strings_are_sent_as_UTF8(MqttVersion version)
    {
        const string Text = "aé€\U0001F600";
        Assert.Equal(10, Encoding.UTF8.GetByteCount(Text));
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(version) with
        {
            ClientId = Text,
            Credentials = new MqttCredentials(Text, "secret"),
            Will = new MqttWill(new MqttMessage { Topic = Text }),
        });
        Assert.Equal((Text, Text, Text), (dialog.Connect.ClientId, dialog.Connect.UserName, dialog.Connect.WillTopic));
        await dialog.Client.PublishAsync(Text, "x");
        Assert.Equal(Text, (await dialog.ReadAsync(PacketType.Publish)).Topic);
        _ = dialog.Client.SubscribeAsync(Text);
        Assert.Equal(Text, Assert.Single((await dialog.ReadAsync(PacketType.Subscribe)).Filters).Filter);
        _ = dialog.Client.UnsubscribeAsync(Text);
        Assert.Equal(Text, Assert.Single((await dialog.ReadAsync(PacketType.Unsubscribe)).Filters).Filter);
    }
}
