using System.Text;
using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests.Properties;

public sealed class PublishPropertiesTests
{
    [Fact]
    public void The_default_value_has_no_properties()
    {
        PublishProperties properties = default;

        Assert.True(properties.Raw.IsEmpty && properties.RawIsForwardable);
        Assert.False(properties.HasContentType || properties.HasResponseTopic || properties.HasCorrelationData || properties.HasPayloadFormatIndicator);
        Assert.True(properties.ContentType.IsEmpty && properties.ResponseTopic.IsEmpty && properties.CorrelationData.IsEmpty);
        Assert.Null(properties.MessageExpiryInterval);
        Assert.Equal(0, properties.CopyForwardable([]));
    }

    [Fact]
    [Spec("MQTT-3.3.2-4"), Spec("MQTT-3.3.2-15"), Spec("MQTT-3.3.2-16"), Spec("MQTT-3.3.2-17"), Spec("MQTT-3.3.2-18"), Spec("MQTT-3.3.2-20"), Spec("MQTT-3.1.3-10")]
    public void Forwardable_properties_are_copied_in_their_order_whatever_stands_between()
    {
        var random = new Random(7);
        byte[][] forwardable = [[0x01, 0x01], [0x03, 0, 1, (byte)'c'], [0x08, 0, 1, (byte)'r'], [0x09, 0, 2, 0, 0xFF], [0x26, 0, 1, (byte)'a', 0, 1, (byte)'1'], [0x26, 0, 1, (byte)'a', 0, 1, (byte)'0']];
        byte[][] own = [[0x02, 0, 0, 0, 9], [0x23, 0, 5], [0x0B, 0x81, 0x01], [0x0B, 0x05]];
        for (var round = 0; round < 500; round++)
        {
            var chosen = forwardable.Select(bytes => (bytes, keep: true)).Concat(own.Select(bytes => (bytes, keep: false)))
                .Where(_ => random.Next(3) != 0).OrderBy(_ => random.Next()).ToArray();
            var raw = chosen.SelectMany(item => item.bytes).ToArray();
            var expected = chosen.Where(item => item.keep).SelectMany(item => item.bytes).ToArray();

            Assert.True(PublishProperties.TryDecode(raw, PacketSender.Server, DecodeLeniency.None, out var properties, out _));
            Assert.Equal(expected.Length, properties.ForwardableLength);
            Assert.Equal(expected.Length == raw.Length, properties.RawIsForwardable);
            var copy = new byte[expected.Length];
            Assert.Equal(expected.Length, properties.CopyForwardable(copy));
            Assert.Equal(Convert.ToHexStringLower(expected), Convert.ToHexStringLower(copy));
            Assert.Equal(chosen.Count(item => item.bytes[0] == 0x0B), properties.SubscriptionIdentifiers.Count);
        }
    }

    [Fact]
    public void A_will_delay_is_not_forwarded()
    {
        byte[] raw = [0x18, 0, 0, 0, 1, 0x01, 0x01];
        Assert.True(PublishProperties.TryDecodeWill(raw, DecodeLeniency.None, out var properties, out _));

        Assert.Equal(1u, properties.WillDelayInterval);
        Assert.False(properties.RawIsForwardable);
        Span<byte> copy = stackalloc byte[2];
        Assert.Equal(2, properties.CopyForwardable(copy));
        Assert.Equal([0x01, 0x01], copy.ToArray());
    }

    [Fact]
    public void Values_longer_than_a_short_property_block_are_sliced_in_place()
    {
        var topic = new byte[40_000];
        topic.AsSpan().Fill((byte)'t');
        var raw = new byte[100_000];
        var writer = new PropertyWriter(raw);
        writer.WriteData(PropertyIdentifier.ResponseTopic, topic);
        writer.WriteData(PropertyIdentifier.CorrelationData, topic);
        writer.WriteText(PropertyIdentifier.ContentType, "x");
        Assert.True(PublishProperties.TryDecode(writer.Written, PacketSender.Client, DecodeLeniency.None, out var properties, out _));

        Assert.Equal(40_000, properties.ResponseTopic.Length);
        Assert.Equal(40_000, properties.CorrelationData.Length);
        Assert.Equal("x", Encoding.UTF8.GetString(properties.ContentType));
        Assert.True(properties.Raw == writer.Written);
    }
}
