using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests.Properties;

public sealed class PropertyWriterTests
{
    [Fact]
    public void Each_kind_of_property_is_written_as_the_standard_says()
    {
        Span<byte> buffer = stackalloc byte[128];
        var writer = new PropertyWriter(buffer);
        writer.WriteByte(PropertyIdentifier.PayloadFormatIndicator, 1);
        writer.WriteBoolean(PropertyIdentifier.RetainAvailable, false);
        writer.WriteUInt16(PropertyIdentifier.TopicAlias, 0x0102);
        writer.WriteUInt32(PropertyIdentifier.MessageExpiryInterval, 0x01020304);
        writer.WriteSubscriptionIdentifier(128);
        writer.WriteData(PropertyIdentifier.CorrelationData, [0xAA]);
        writer.WriteText(PropertyIdentifier.ContentType, "\u00e9");
        writer.WriteUserProperty("k"u8, "v"u8);
        writer.WriteUserProperty("\u00e9", "");

        Assert.Equal(
            "0101" + "2500" + "230102" + "0201020304" + "0b8001" + "090001aa" + "030002c3a9" + "2600016b000176" + "260002c3a90000",
            Convert.ToHexStringLower(writer.Written));
        Assert.Equal(writer.Written.Length, writer.Length);
    }

    [Fact]
    public void A_measuring_writer_counts_what_a_writer_writes()
    {
        Span<byte> buffer = stackalloc byte[128];
        var writer = new PropertyWriter(buffer);
        var measure = PropertyWriter.Measure();
        Fill(ref writer);
        Fill(ref measure);

        Assert.Equal(writer.Length, measure.Length);
        Assert.True(measure.Written.IsEmpty);

        static void Fill(ref PropertyWriter target)
        {
            target.WriteByte(PropertyIdentifier.PayloadFormatIndicator, 1);
            target.WriteUInt16(PropertyIdentifier.TopicAlias, 1);
            target.WriteUInt32(PropertyIdentifier.MessageExpiryInterval, 1);
            target.WriteSubscriptionIdentifier(268_435_455);
            target.WriteData(PropertyIdentifier.CorrelationData, [1, 2, 3]);
            target.WriteText(PropertyIdentifier.ContentType, "text/\u00e9");
            target.WriteUserProperty("k\u00e9", "v");
            target.WriteUserProperties(new UserProperties([0x01, 0x01, 0x26, 0, 1, (byte)'a', 0, 0]));
        }
    }

    [Fact]
    [Spec("MQTT-3.3.2-18")]
    public void User_properties_keep_order_and_repetitions_and_leave_the_rest_behind()
    {
        Span<byte> buffer = stackalloc byte[128];
        var writer = new PropertyWriter(buffer);
        writer.WriteUserProperty("b", "1");
        writer.WriteUInt16(PropertyIdentifier.TopicAlias, 7);
        writer.WriteUserProperty("a", "2");
        writer.WriteUserProperty("b", "1");
        var properties = new UserProperties(writer.Written);

        Assert.Equal(3, properties.Count);
        Assert.Equal(21, properties.EncodedLength);
        var names = "";
        foreach (var (name, value) in properties)
        {
            names += (char)name[0];
            names += (char)value[0];
        }

        Assert.Equal("b1a2b1", names);
        Span<byte> copy = stackalloc byte[properties.EncodedLength];
        Assert.Equal(21, properties.CopyTo(copy));
        Assert.Equal(3, new UserProperties(copy).Count);
        Assert.True(new UserProperties([0x01, 0x01]).IsEmpty);
    }

    [Fact]
    public void Text_over_65535_bytes_is_the_callers_bug()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PropertyWriter(new byte[70_000]).WriteData(PropertyIdentifier.ContentType, new byte[65_536]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PropertyWriter(new byte[70_000]).WriteText(PropertyIdentifier.ContentType, new string('x', 65_536)));
        Assert.Throws<ArgumentOutOfRangeException>(() => PropertyWriter.Measure().WriteText(PropertyIdentifier.ContentType, new string('x', 65_536)));
    }
}
