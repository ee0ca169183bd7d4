using Godwit.Protocol.Tests.Vectors;

namespace Godwit.Protocol.Tests.Packets;

/// <summary>Random and mutated bytes through every decoder: a value comes back, never an exception.</summary>
public sealed class FuzzTests
{
    private static readonly byte[][] Seeds = [.. VectorFile.Read("valid.txt").Select(row => Convert.FromHexString(row[3].TrimStart('~')))];
    private static readonly ProtocolVersion[] Versions = [ProtocolVersion.Mqtt31, ProtocolVersion.Mqtt311, ProtocolVersion.Mqtt5];

    [Fact]
    public void Random_bodies_give_a_packet_or_a_fault()
    {
        var random = new Random(1);
        var buffer = new byte[80];
        var walk = new PacketWalk();
        for (var round = 0; round < 200_000; round++)
        {
            var body = buffer.AsSpan(0, random.Next(buffer.Length));
            random.NextBytes(body);
            if (round % 2 == 0)
            {
                foreach (ref var next in body)
                {
                    next &= 0x2F; // small lengths and property identifiers get further into the decoders
                }
            }

            walk.Run((PacketType)(round % 15 + 1), (byte)(round / 15 & 15), body, Versions[round % 3], (PacketSender)(round & 1), (DecodeLeniency)(round >> 2 & 15));
        }

        Assert.True(walk.Faults > 100_000 && walk.Packets > 1_000, $"{walk.Faults} faults, {walk.Packets} packets");
    }

    [Fact]
    public void Mutated_packets_give_a_packet_or_a_fault()
    {
        var random = new Random(2);
        var buffer = new byte[1024];
        var walk = new PacketWalk();
        for (var round = 0; round < 250_000; round++)
        {
            var seed = Seeds[random.Next(Seeds.Length)];
            var length = Mutate(random, seed, buffer);
            var packet = buffer.AsSpan(0, length);
            var version = Versions[random.Next(3)];
            var leniency = (DecodeLeniency)random.Next(16);
            var status = Frame.TryRead(packet, 2048, version, leniency, out var header, out var fault);
            Assert.Equal(status == FrameStatus.Invalid, !fault.IsNone);
            if (status == FrameStatus.Complete)
            {
                Assert.True(header.TotalLength <= length);
                walk.Run(header.Type, header.Flags, packet.Slice(header.HeaderLength, header.RemainingLength), version, (PacketSender)random.Next(2), leniency);
            }

            // The body alone, whatever the fixed header says about its length.
            if (length > 2)
            {
                walk.Run((PacketType)(packet[0] >> 4), (byte)(packet[0] & 15), packet[2..], version, (PacketSender)random.Next(2), leniency);
            }
        }

        Assert.True(walk.Faults > 100_000 && walk.Packets > 50_000, $"{walk.Faults} faults, {walk.Packets} packets");
    }

    [Fact]
    public void Every_body_cut_off_anywhere_gives_a_packet_or_a_fault()
    {
        var walk = new PacketWalk();
        foreach (var seed in Seeds)
        {
            Frame.TryRead(seed, Frame.PacketSizeMax, ProtocolVersion.Mqtt31, DecodeLeniency.All, out var header, out _);
            for (var length = 0; length <= header.RemainingLength; length++)
            {
                foreach (var version in Versions)
                {
                    walk.Run(header.Type == PacketType.None ? PacketType.Auth : header.Type, header.Flags, seed.AsSpan(header.HeaderLength, length), version, PacketSender.Server, DecodeLeniency.All);
                }
            }
        }

        Assert.True(walk.Faults > 1_000 && walk.Packets > 1_000);
    }

    [Fact]
    public void Random_topics_and_filters_never_throw_and_valid_names_are_filters_that_match_themselves()
    {
        var random = new Random(3);
        var alphabet = "ab/+#$\u0000\u00ff"u8.ToArray();
        var buffer = new byte[12];
        var matched = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var text = buffer.AsSpan(0, random.Next(buffer.Length + 1));
            foreach (ref var next in text)
            {
                next = alphabet[random.Next(alphabet.Length)];
            }

            var isFilter = TopicFilter.Check(text, out var fault);
            Assert.Equal(isFilter, fault.IsNone);
            SharedFilter.TryParse(text, out _, out _);
            TopicFilter.Matches(text, "a/b"u8);
            if (TopicName.IsValid(text))
            {
                Assert.True(isFilter && !TopicFilter.HasWildcards(text) && TopicFilter.Matches(text, text));
                matched++;
            }
        }

        Assert.InRange(matched, 1_000, 200_000);
    }

    private static int Mutate(Random random, byte[] seed, byte[] buffer)
    {
        var length = seed.Length;
        seed.CopyTo(buffer, 0);
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = length == 0 ? 0 : random.Next(length);
            switch (random.Next(6))
            {
                case 0:
                    buffer[at] = (byte)random.Next(256);
                    break;
                case 1:
                    buffer[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    buffer[at] = (byte)(random.Next(2) == 0 ? 0 : 0xFF);
                    break;
                case 3 when length < buffer.Length: // insert
                    buffer.AsSpan(at, length - at).CopyTo(buffer.AsSpan(at + 1));
                    buffer[at] = (byte)random.Next(64);
                    length++;
                    break;
                case 4 when length > 0: // remove
                    buffer.AsSpan(at + 1, length - at - 1).CopyTo(buffer.AsSpan(at));
                    length--;
                    break;
                default: // cut
                    length = at;
                    break;
            }
        }

        // Half of the time the length is made to fit, so that the decoders see the mutation and not the frame.
        if (random.Next(2) == 0 && length is >= 2 and < 130)
        {
            buffer[1] = (byte)(length - 2);
        }

        return length;
    }
}
