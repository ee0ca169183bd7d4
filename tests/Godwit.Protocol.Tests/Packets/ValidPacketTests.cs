using Godwit.Protocol.Tests.Conformance;
using Godwit.Protocol.Tests.Vectors;

namespace Godwit.Protocol.Tests.Packets;

/// <summary>Every row of Vectors/valid.txt, in each of the ways in which bytes can arrive.</summary>
public sealed class ValidPacketTests
{
    public static TheoryData<string, byte, string, string, string> Samples
    {
        get
        {
            var data = new TheoryData<string, byte, string, string, string>();
            foreach (var row in VectorFile.Read("valid.txt"))
            {
                data.Add(row[0], byte.Parse(row[1], null), row[2], row[3], row[4]);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Samples))]
    [Spec("MQTT-1.5.4-3"), Spec("3.1.1:MQTT-1.5.3-3")]
    public void Sample_says_what_the_table_says(string name, byte version, string sender, string hex, string text)
    {
        var packet = Packet(hex);
        var decoded = PacketText.Of(packet, (ProtocolVersion)version, VectorFile.Sender(sender));

        Assert.True(decoded.Fault.IsNone, $"{name}: {decoded.Fault}");
        Assert.Equal(text, decoded.Text);
        Assert.Equal(DecodeLeniency.None, decoded.Tolerated);
    }

    [Theory, MemberData(nameof(Samples))]
    [Spec("MQTT-2.2.2-1"), Spec("MQTT-2.2.1-2"), Spec("3.1.1:MQTT-2.3.1-5"), Spec("MQTT-1.5.5-1"), Spec("MQTT-2.1.3-1"), Spec("3.1.1:MQTT-2.2.2-1")]
    public void Sample_is_encoded_in_its_shortest_form(string name, byte version, string sender, string hex, string text)
    {
        var packet = Packet(hex);
        var decoded = PacketText.Of(packet, (ProtocolVersion)version, VectorFile.Sender(sender));

        Assert.Equal(decoded.AnnouncedLength, decoded.EncodedLength);
        if (hex[0] != '~')
        {
            Assert.Equal(Convert.ToHexStringLower(packet), Convert.ToHexStringLower(decoded.Encoded));
            return;
        }

        // Another form of the same content: it says the same after encoding. Properties that PUBLISH forwards stay as they are.
        Assert.True(decoded.EncodedLength <= packet.Length, name);
        Assert.Equal(text, PacketText.Of(decoded.Encoded, (ProtocolVersion)version, VectorFile.Sender(sender)).Text);
    }

    [Theory, MemberData(nameof(Samples))]
    public void Sample_split_at_any_index_waits_for_the_rest(string name, byte version, string sender, string hex, string text)
    {
        var packet = Packet(hex);
        for (var length = 0; length < packet.Length; length++)
        {
            var status = Frame.TryRead(packet.AsSpan(0, length), Frame.PacketSizeMax, (ProtocolVersion)version, DecodeLeniency.None, out var header, out var fault);
            Assert.Equal(FrameStatus.Incomplete, status);
            Assert.True(fault.IsNone, name);
            if (header.HasHeader)
            {
                Assert.Equal(packet.Length, header.TotalLength);
            }
        }

        Assert.Equal(text, PacketText.Of(packet, (ProtocolVersion)version, VectorFile.Sender(sender)).Text);
    }

    [Theory, MemberData(nameof(Samples))]
    public void Samples_one_byte_at_a_time_come_out_one_after_the_other(string name, byte version, string sender, string hex, string text)
    {
        var stream = (byte[])[.. Packet(hex), .. Packet(hex), .. Packet(hex)];
        var carry = new List<byte>();
        var seen = 0;
        foreach (var next in stream)
        {
            carry.Add(next);
            var status = Frame.TryRead(carry.ToArray(), Frame.PacketSizeMax, (ProtocolVersion)version, DecodeLeniency.None, out var header, out _);
            Assert.NotEqual(FrameStatus.Invalid, status);
            if (status == FrameStatus.Complete)
            {
                Assert.Equal(carry.Count, header.TotalLength);
                Assert.Equal(text, PacketText.Of(carry.ToArray(), (ProtocolVersion)version, VectorFile.Sender(sender)).Text);
                carry.Clear();
                seen++;
            }
        }

        Assert.True(seen == 3, name);
        Assert.Empty(carry);
    }

    [Theory, MemberData(nameof(Samples))]
    public void Bytes_after_the_sample_change_nothing(string name, byte version, string sender, string hex, string text)
    {
        var packet = Packet(hex);
        foreach (var trailer in (byte[][])[[0x00], [0xFF], [0x30, 0x05, 0x00], [.. packet]])
        {
            var buffer = (byte[])[.. packet, .. trailer];
            var status = Frame.TryRead(buffer, Frame.PacketSizeMax, (ProtocolVersion)version, DecodeLeniency.None, out var header, out _);

            Assert.Equal(FrameStatus.Complete, status);
            Assert.Equal(packet.Length, header.TotalLength);
            Assert.Equal(text, PacketText.Of(buffer, (ProtocolVersion)version, VectorFile.Sender(sender)).Text);
        }

        Assert.NotEmpty(name);
    }

    [Theory, MemberData(nameof(Samples))]
    public void Sample_with_all_leniency_reads_the_same(string name, byte version, string sender, string hex, string text)
    {
        var decoded = PacketText.Of(Packet(hex), (ProtocolVersion)version, VectorFile.Sender(sender), DecodeLeniency.All);

        Assert.True(decoded.Fault.IsNone, name);
        Assert.Equal(text, decoded.Text);
        Assert.Equal(DecodeLeniency.None, decoded.Tolerated);
    }

    private static byte[] Packet(string hex) => Convert.FromHexString(hex.TrimStart('~'));
}
