using Godwit.Protocol.Tests.Vectors;

namespace Godwit.Protocol.Tests.Packets;

/// <summary>What a lenient decoder lets pass, that it says so, and that it lets nothing else pass.</summary>
public sealed class LeniencyTests
{
    public static TheoryData<string, string, string> Misplaced
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var row in VectorFile.Read("misplaced.txt"))
            {
                data.Add(row[0], row[1], row[2]);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Misplaced))]
    public void A_misplaced_property_is_ignored_and_reported(string name, string sender, string hex)
    {
        var packet = Convert.FromHexString(hex);
        Assert.False(PacketText.Of(packet, ProtocolVersion.Mqtt5, VectorFile.Sender(sender)).Fault.IsNone, name);

        var decoded = PacketText.Of(packet, ProtocolVersion.Mqtt5, VectorFile.Sender(sender), DecodeLeniency.MisplacedProperty);

        Assert.True(decoded.Fault.IsNone, decoded.Fault.Detail);
        Assert.Equal(DecodeLeniency.MisplacedProperty, decoded.Tolerated);
        var property = name.Split(' ')[0];
        Assert.DoesNotContain(property + "=", decoded.Text, StringComparison.Ordinal);

        // The other flags do not let it pass.
        Assert.False(PacketText.Of(packet, ProtocolVersion.Mqtt5, VectorFile.Sender(sender), DecodeLeniency.All & ~DecodeLeniency.MisplacedProperty).Fault.IsNone);
    }

    [Theory]
    [InlineData("100d00044d515454040a0005000163", "CONNECT v4 clean keepalive=5 id=c", DecodeLeniency.WillBitsWithoutWill)]
    [InlineData("100d00044d51545404220005000163", "CONNECT v4 clean keepalive=5 id=c", DecodeLeniency.WillBitsWithoutWill)]
    [InlineData("100e00044d515454052a000500000163", "CONNECT v5 clean keepalive=5 id=c", DecodeLeniency.WillBitsWithoutWill)]
    [InlineData("101000044d51545404420005000163000170", "CONNECT v4 clean keepalive=5 id=c password=70", DecodeLeniency.PasswordWithoutUserName)]
    [InlineData("101200064d51497364700342000500016300" + "0170", "CONNECT v3 clean keepalive=5 id=c password=70", DecodeLeniency.PasswordWithoutUserName)]
    public void Faults_of_connect_pass_only_with_their_own_flag(string hex, string text, DecodeLeniency needed)
    {
        var packet = Convert.FromHexString(hex);
        var decoded = PacketText.Of(packet, ProtocolVersion.Mqtt5, PacketSender.Client, needed);

        Assert.Equal((text, needed), (decoded.Text, decoded.Tolerated));
        Assert.False(PacketText.Of(packet, ProtocolVersion.Mqtt5, PacketSender.Client, DecodeLeniency.All & ~needed).Fault.IsNone);
    }

    [Theory]
    [InlineData("38040001" + "6178", ProtocolVersion.Mqtt311)]
    [InlineData("38050001" + "610078", ProtocolVersion.Mqtt5)]
    public void Dup_at_QoS_0_is_read_as_0_and_reported(string hex, ProtocolVersion version)
    {
        var packet = Convert.FromHexString(hex);
        var decoded = PacketText.Of(packet, version, PacketSender.Client, DecodeLeniency.DupOnQoS0);

        Assert.Equal(("PUBLISH qos=0 topic=a payload=78", DecodeLeniency.DupOnQoS0), (decoded.Text, decoded.Tolerated));
        Assert.Equal("MQTT-3.3.1-2", PacketText.Of(packet, version, PacketSender.Client, DecodeLeniency.All & ~DecodeLeniency.DupOnQoS0).Fault.Statement);

        // A caller that does not check the frame first gets the same answer from the decoder of the body.
        Assert.False(PublishPacket.TryDecode(packet.AsSpan(2), 0b1000, version, PacketSender.Client, DecodeLeniency.None, out _, out var fault));
        Assert.Equal("MQTT-3.3.1-2", fault.Statement);
    }

    [Fact]
    public void A_misplaced_property_of_publish_is_not_forwarded()
    {
        byte[] raw = [0x01, 0x01, 0x21, 0x00, 0x05, 0x26, 0x00, 0x01, (byte)'k', 0x00, 0x01, (byte)'v', 0x0B, 0x07];
        Assert.True(PublishProperties.TryDecode(raw, PacketSender.Client, DecodeLeniency.MisplacedProperty, out var properties, out _));

        Assert.False(properties.RawIsForwardable);
        Assert.Equal(0, properties.SubscriptionIdentifierCount);
        Span<byte> copy = stackalloc byte[properties.ForwardableLength];
        Assert.Equal(copy.Length, properties.CopyForwardable(copy));
        Assert.Equal("01012600016b000176", Convert.ToHexStringLower(copy));
    }

    [Fact]
    public void Every_fault_that_no_flag_names_stays_a_fault()
    {
        var misplaced = VectorFile.Read("misplaced.txt").Select(row => row[2]).ToHashSet();
        var checkedCount = 0;
        foreach (var row in VectorFile.Read("invalid.txt"))
        {
            if (misplaced.Contains(row[3]) || row[5] is "MQTT-3.3.1-2" || row[0] is "Will QoS without will" or "Will Retain without will" or "password without user name")
            {
                continue;
            }

            var decoded = PacketText.Of(Convert.FromHexString(row[3]), (ProtocolVersion)byte.Parse(row[1], null), VectorFile.Sender(row[2]), DecodeLeniency.All);
            Assert.False(decoded.Fault.IsNone, row[0]);
            checkedCount++;
        }

        Assert.InRange(checkedCount, 700, int.MaxValue);
    }
}
