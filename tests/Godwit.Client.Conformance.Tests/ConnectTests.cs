namespace Godwit.Client.Conformance.Tests;

/// <summary>Section 3.1: the CONNECT that the client writes. What a field of it means is seen by a reader of this kit that knows nothing of the client's.</summary>
public class ConnectTests
{
    private static readonly MqttMessage WillMessage = new() { Topic = "will", Payload = "gone"u8.ToArray(), QoS = QualityOfService.AtLeastOnce, Retain = true };

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.0-1", "MQTT-3.1.2-1", "MQTT-2.2.2-1")]
    [Statement("3.1.1", "MQTT-3.1.0-1")]
    public async Task CONNECT_is_the_first_packet_and_comes_once(MqttVersion version)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version));
        Assert.Equal(new byte[] { 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', (byte)version }, dialog.ConnectPacket.Whole[2..9]);
        await dialog.AcceptAsync();
        await dialog.ExpectSilenceAsync();
    }

    [Theory]
    [InlineData(V50, true), InlineData(V50, false), InlineData(V311, true), InlineData(V311, false)]
    [Statement("5.0", "MQTT-3.1.2-4", "MQTT-3.1.3-3")]
    [Statement("3.1.1", "MQTT-3.1.3-3")]
    public async Task Clean_start_and_client_identifier_are_sent_as_they_are(MqttVersion version, bool cleanStart)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version) with { CleanStart = cleanStart, ClientId = "me" });
        Assert.Equal((cleanStart, "me"), (dialog.Connect.CleanStart, dialog.Connect.ClientId));
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.3-3")]
    [Statement("3.1.1", "MQTT-3.1.3-3", "MQTT-3.1.3-7")]
    public async Task An_empty_client_identifier_is_sent_as_an_empty_string(MqttVersion version)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version) with { ClientId = "" });
        Assert.Equal((true, ""), (dialog.Connect.CleanStart, dialog.Connect.ClientId));
    }

    [Fact]
    [Statement("3.1.1", "MQTT-3.1.3-7")]
    public async Task Without_clean_session_there_is_no_connection_without_a_client_identifier()
    {
        var options = Dialog.Options(V311) with { ClientId = "" };
        await Assert.ThrowsAsync<ArgumentException>(() => MqttClient.ConnectAsync(new MemoryStream(), options with { CleanStart = false }));
        await using var dialog = await Dialog.ConnectAsync(options);
        await dialog.CutAsync();
        await Assert.ThrowsAsync<ArgumentException>(
            () => MqttClient.ConnectAsync(new MemoryStream(), options with { CleanStart = false, SessionState = dialog.Client.SessionState }));
    }

    [Theory]
    [InlineData(V50, 0), InlineData(V50, 1), InlineData(V50, 2), InlineData(V311, 0), InlineData(V311, 1), InlineData(V311, 2)]
    [Statement("5.0", "MQTT-3.1.2-9", "MQTT-3.1.2-12")]
    [Statement("3.1.1", "MQTT-3.1.2-9", "MQTT-3.1.2-14")]
    public async Task A_will_is_sent_with_its_topic_payload_QoS_and_retain(MqttVersion version, int qos)
    {
        foreach (var retain in new[] { true, false })
        {
            await using var dialog = await Dialog.OpenAsync(Dialog.Options(version) with
            {
                Will = new MqttWill(new MqttMessage { Topic = "will", Payload = new byte[] { 0, 255, 7 }, QoS = (QualityOfService)qos, Retain = retain }),
            });
            Assert.Equal(
                ("will", "\0\u00FF\u0007", qos, retain),
                (dialog.Connect.WillTopic, dialog.Connect.WillPayload, dialog.Connect.WillQoS, dialog.Connect.WillRetain));
        }
    }

    [Fact]
    [Statement("5.0", "MQTT-3.1.2-9")]
    public async Task A_will_is_sent_with_its_properties()
    {
        var message = new MqttMessage { Topic = "will", ContentType = "text", ResponseTopic = "answer", MessageExpiryInterval = 9, IsPayloadText = true, CorrelationData = new byte[] { 1 }, UserProperties = [new("a", "b")] };
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(V50) with { Will = new MqttWill(message, DelayInterval: 5) });
        Assert.Equal(
            new[] { PropertyId.PayloadFormatIndicator, PropertyId.MessageExpiryInterval, PropertyId.ContentType, PropertyId.ResponseTopic, PropertyId.CorrelationData, PropertyId.WillDelayInterval, PropertyId.UserProperty },
            dialog.ConnectPacket.WillProperties.Select(property => property.Id).Order());
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.2-12")]
    [Statement("3.1.1", "MQTT-3.1.2-14")]
    public async Task A_will_of_QoS_3_is_refused(MqttVersion version) =>
        await Assert.ThrowsAsync<ArgumentException>(() => MqttClient.ConnectAsync(
            new MemoryStream(),
            Dialog.Options(version) with { Will = new MqttWill(new MqttMessage { Topic = "will", QoS = (QualityOfService)3 }) }));

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-16", "MQTT-3.1.2-18")]
    [Statement("3.1.1", "MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-15", "MQTT-3.1.2-18", "MQTT-3.1.2-20", "MQTT-3.1.2-22")]
    public async Task Without_will_and_credentials_their_flags_are_0_and_nothing_follows_the_client_identifier(MqttVersion version)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version));
        Assert.Equal(2, dialog.ConnectPacket.Whole[9]); // Clean Start alone; that nothing is left over is the reader's to see
        Assert.Equal((null, null, null), (dialog.Connect.WillTopic, dialog.Connect.UserName, dialog.Connect.Password));
    }

    [Theory]
    [InlineData(V50, "user", null), InlineData(V50, null, "secret"), InlineData(V50, "user", "secret"), InlineData(V50, "", "")]
    [InlineData(V311, "user", null), InlineData(V311, "user", "secret"), InlineData(V311, "", "")]
    [Statement("5.0", "MQTT-3.1.2-16", "MQTT-3.1.2-17", "MQTT-3.1.2-18", "MQTT-3.1.2-19", "MQTT-3.1.3-12")]
    [Statement("3.1.1", "MQTT-3.1.2-18", "MQTT-3.1.2-19", "MQTT-3.1.2-20", "MQTT-3.1.2-21", "MQTT-3.1.2-22", "MQTT-3.1.3-11")]
    public async Task User_name_and_password_are_there_as_their_flags_say(MqttVersion version, string? userName, string? password)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version) with { Credentials = new MqttCredentials(userName, password) });
        Assert.Equal((userName, password), (dialog.Connect.UserName, dialog.Connect.Password));
        Assert.Equal((userName is null ? 0 : 0x80) | (password is null ? 0 : 0x40), dialog.ConnectPacket.Whole[9] & 0xC0);
    }

    [Fact]
    [Statement("3.1.1", "MQTT-3.1.2-22")]
    public async Task A_password_without_a_user_name_is_refused_before_5() =>
        await Assert.ThrowsAsync<ArgumentException>(
            () => MqttClient.ConnectAsync(new MemoryStream(), Dialog.Options(V311) with { Credentials = new MqttCredentials(null, "secret") }));

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.3-1", "MQTT-3.1.3-12")]
    [Statement("3.1.1", "MQTT-3.1.3-1")]
    public async Task The_fields_of_the_payload_come_in_their_order(MqttVersion version)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version) with
        {
            ClientId = "id",
            Will = new MqttWill(WillMessage),
            Credentials = new MqttCredentials("user", "secret"),
        });
        var payload = new Bytes().Text("id");
        if (version == V50)
        {
            payload.Byte(0); // Will Properties
        }

        payload.Text("will").Text("gone").Text("user").Text("secret");
        Assert.Equal(payload.ToArray(), dialog.ConnectPacket.Whole[^payload.Length..]);
    }

    [Fact]
    [Statement("5.0", "MQTT-2.2.2-1")]
    public async Task The_properties_of_CONNECT_say_what_the_options_say()
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(V50) with
        {
            SessionExpiryInterval = 70,
            ReceiveMaximum = 7,
            MaximumPacketSize = 777,
            TopicAliasMaximum = 3,
            RequestProblemInformation = false,
            RequestResponseInformation = true,
        });
        Assert.Equal(
            (70, 7, 777, 3, 0, 1),
            (dialog.ConnectPacket.Number(PropertyId.SessionExpiryInterval, 0),
                dialog.ConnectPacket.Number(PropertyId.ReceiveMaximum, 65535),
                dialog.ConnectPacket.Number(PropertyId.MaximumPacketSize, 0),
                dialog.ConnectPacket.Number(PropertyId.TopicAliasMaximum, 0),
                dialog.ConnectPacket.Number(PropertyId.RequestProblemInformation, 1),
                dialog.ConnectPacket.Number(PropertyId.RequestResponseInformation, 0)));
    }
}
