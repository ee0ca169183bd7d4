namespace Godwit.Protocol.Tests.Packets;

public sealed class AllocationTests
{
    private static readonly byte[] Plain = Convert.FromHexString("3309" + "0003612f62" + "0001" + "6869");
    private static readonly byte[] WithProperties = Convert.FromHexString(
        "321f" + "0003612f62" + "0001" + "15" + "0101" + "0200000007" + "03000163" + "230001" + "2600016b000176" + "6869");

    [Fact]
    public void Decoding_and_encoding_publish_allocates_nothing()
    {
        var buffer = new byte[256];
        Assert.Equal((0L, 2000), Measure(Plain, ProtocolVersion.Mqtt311, buffer));
        Assert.Equal((0L, 2000), Measure(WithProperties, ProtocolVersion.Mqtt5, buffer));
    }

    [Fact]
    public void Refusing_a_packet_allocates_nothing()
    {
        byte[] bad = [0x00, 0x01, (byte)'#', 0x00];
        var refused = 0;
        long before = 0;
        for (var round = 0; round < 2000; round++)
        {
            if (round == 1000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            refused += PublishPacket.TryDecode(bad, 0, ProtocolVersion.Mqtt5, PacketSender.Client, DecodeLeniency.None, out _, out _) ? 0 : 1;
        }

        Assert.Equal((0L, 2000), (GC.GetAllocatedBytesForCurrentThread() - before, refused));
    }

    private static (long Bytes, int Same) Measure(byte[] packet, ProtocolVersion version, byte[] buffer)
    {
        var same = 0;
        long before = 0;
        for (var round = 0; round < 2000; round++)
        {
            if (round == 1000) // the first half warms up
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            var status = Frame.TryRead(packet, 1024, version, DecodeLeniency.None, out var header, out _);
            if (status == FrameStatus.Complete
                && PublishPacket.TryDecode(packet.AsSpan(header.HeaderLength), header.Flags, version, PacketSender.Client, DecodeLeniency.None, out var publish, out _))
            {
                foreach (var property in publish.Properties.UserProperties)
                {
                    _ = property.Name.Length;
                }

                var length = publish.Encode(buffer, version);
                same += buffer.AsSpan(0, length).SequenceEqual(packet) ? 1 : 0;
            }
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before, same);
    }
}
