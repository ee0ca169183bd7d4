using Godwit.Protocol;

namespace Godwit.Engine.Tests;

public sealed class BadInputTests
{
    [Fact, Spec("MQTT-3.1.0-1")]
    public void A_packet_before_connect_closes_without_an_answer()
    {
        var peer = new World().Open();
        peer.SendPublish("t", "x");
        peer.AssertClosed();
    }

    [Fact, Spec("MQTT-3.1.0-2")]
    public void A_second_connect_is_a_protocol_error()
    {
        var peer = new World().Connect("a");
        peer.SendConnect("a");
        peer.AssertClosed(ReasonCode.ProtocolError);
    }

    [Theory]
    [InlineData(new byte[] { 0x36, 3, 0, 1, (byte)'t' }, ReasonCode.MalformedPacket)] // QoS 3
    [InlineData(new byte[] { 0x32, 6, 0, 1, (byte)'t', 0, 0, 0 }, ReasonCode.ProtocolError)] // packet identifier 0
    [InlineData(new byte[] { 0x30, 0x80, 0x80, 0x80, 0x80, 0x01 }, ReasonCode.MalformedPacket)] // five bytes of length
    [InlineData(new byte[] { 0x30, 0xFF, 0xFF, 0xFF, 0x7F }, ReasonCode.PacketTooLarge)]
    [InlineData(new byte[] { 0x30, 5, 0, 2, 0xC3, 0x28, 0 }, ReasonCode.MalformedPacket)] // not UTF-8
    [InlineData(new byte[] { 0x30, 4, 0, 1, 0, 0 }, ReasonCode.MalformedPacket)] // U+0000
    [InlineData(new byte[] { 0x30, 6, 0, 3, 0xED, 0xA0, 0x80, 0 }, ReasonCode.MalformedPacket)] // a surrogate
    [InlineData(new byte[] { 0x30, 4, 0, 1, (byte)'#', 0 }, ReasonCode.TopicNameInvalid)]
    [InlineData(new byte[] { 0x30, 7, 0, 1, (byte)'t', 3, 0x23, 0, 0 }, ReasonCode.TopicAliasInvalid)] // alias 0
    [InlineData(new byte[] { 0x30, 7, 0, 1, (byte)'t', 3, 0x23, 1, 0 }, ReasonCode.TopicAliasInvalid)] // above the maximum
    [InlineData(new byte[] { 0x30, 6, 0, 0, 3, 0x23, 0, 1 }, ReasonCode.ProtocolError)] // never defined
    [InlineData(new byte[] { 0xF0, 0 }, ReasonCode.ProtocolError)] // stray AUTH
    [InlineData(new byte[] { 0x80, 6, 0, 1, 0, 0, 1, (byte)'t' }, ReasonCode.MalformedPacket)] // flags of SUBSCRIBE
    [InlineData(new byte[] { 0x20, 3, 0, 0, 0 }, ReasonCode.ProtocolError)] // a server's packet
    public void A_5_0_client_hears_the_reason_and_is_closed(byte[] packet, ReasonCode reason)
    {
        var world = new World();
        var other = world.Connect("other");
        other.Subscribe("t");
        var peer = world.Connect("a");
        peer.Send(packet);
        peer.AssertClosed(reason);
        world.Connect("p").SendPublish("t", "the others are unaffected");
        other.TakeMessage();
    }

    [Theory]
    [InlineData(new byte[] { 0x36, 3, 0, 1, (byte)'t' })]
    [InlineData(new byte[] { 0x32, 5, 0, 1, (byte)'t', 0, 0 })]
    [InlineData(new byte[] { 0x30, 0x80, 0x80, 0x80, 0x80, 0x01 })]
    [InlineData(new byte[] { 0x30, 3, 0, 1, (byte)'#' })]
    [InlineData(new byte[] { 0xF0, 0 })]
    [InlineData(new byte[] { 0x82, 6, 0, 1, 0, 1, (byte)'t', 3 })]
    public void A_3_1_1_client_is_closed_without_a_word(byte[] packet)
    {
        var peer = new World().Connect("a", ProtocolVersion.Mqtt311);
        peer.Send(packet);
        peer.AssertClosed();
    }

    [Fact]
    public void An_unknown_protocol_level_is_answered_in_the_form_the_client_may_understand()
    {
        var world = new World();
        var old = world.Open(ProtocolVersion.Mqtt311);
        old.Send([0x10, 13, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 2, 2, 0, 0, 0, 1, (byte)'a']);
        Assert.Equal(ReasonCode.UnsupportedProtocolVersion, old.Take(PacketType.ConnAck).Reason);
        old.AssertClosed();
        var future = world.Open();
        future.Send([0x10, 13, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 6, 2, 0, 0, 0, 1, (byte)'a']);
        Assert.Equal(ReasonCode.UnsupportedProtocolVersion, future.Take(PacketType.ConnAck).Reason);
        future.AssertClosed();
    }

    [Fact, Spec("MQTT-3.3.4-7")]
    public void Exceeding_the_receive_maximum_is_answered_with_0x93_unless_the_listener_is_lenient()
    {
        var world = new World(new EngineOptions { ReceiveMaximum = 2 });
        var peer = world.Connect("a");
        for (ushort id = 1; id <= 2; id++)
        {
            peer.SendPublish("t", "x", qos: 2, id: id);
            peer.Take(PacketType.PubRec);
        }

        peer.SendAck(PacketType.PubRel, 1);
        peer.Take(PacketType.PubComp);
        peer.SendPublish("t", "x", qos: 2, id: 3);
        peer.Take(PacketType.PubRec);
        peer.SendPublish("t", "x", qos: 2, id: 4);
        peer.AssertClosed(ReasonCode.ReceiveMaximumExceeded);

        var tolerated = world.Open(lenient: true);
        tolerated.SendConnect("b");
        tolerated.Take(PacketType.ConnAck);
        for (ushort id = 1; id <= 5; id++)
        {
            tolerated.SendPublish("t", "x", qos: 2, id: id);
            tolerated.Take(PacketType.PubRec);
        }

        Assert.Equal(3, world.Core.GetShard(0).Counters.Tolerated(Observation.ToleratedFault.ReceiveMaximum));
    }

    [Fact]
    public void Acknowledgements_for_unknown_identifiers_are_answered_or_ignored_as_the_standard_says()
    {
        var peer = new World().Connect("a");
        peer.SendAck(PacketType.PubAck, 5);
        peer.AssertNothing();
        peer.SendAck(PacketType.PubComp, 5);
        peer.AssertNothing();
        peer.SendAck(PacketType.PubRec, 5);
        Assert.Equal(ReasonCode.PacketIdentifierNotFound, peer.Take(PacketType.PubRel).Reason);
        peer.SendAck(PacketType.PubRel, 5);
        Assert.Equal(ReasonCode.PacketIdentifierNotFound, peer.Take(PacketType.PubComp).Reason);
        Assert.False(peer.IsClosed);
    }

    [Fact, Spec("MQTT-4.12.0-1")]
    public void An_authentication_method_is_refused_with_0x8C()
    {
        var peer = new World().Open();
        peer.Send([0x10, 19, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 5, 2, 0, 0, 5, 0x15, 0, 2, (byte)'X', (byte)'Y', 0, 1, (byte)'a']);
        Assert.Equal(ReasonCode.BadAuthenticationMethod, peer.Take(PacketType.ConnAck).Reason);
        peer.AssertClosed();
    }

    [Fact]
    public void A_connection_that_says_nothing_is_closed_in_time()
    {
        var world = new World();
        var silent = world.Open();
        var truncated = world.Open();
        truncated.Send([0x10, 20, 0, 4]);
        world.Advance(9.9);
        Assert.False(silent.IsClosed || truncated.IsClosed);
        world.Advance(0.2);
        Assert.True(silent.IsClosed && truncated.IsClosed);
    }

    [Theory, InlineData(1), InlineData(7), InlineData(64)]
    public void Packets_arrive_in_pieces_of_any_size(int size)
    {
        var world = new World();
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t/long");
        var publisher = world.Connect("p");
        byte[] packet = [0x30, 0x8D, 0x02, 0, 6, .. "t/long"u8, 0, .. new byte[260]];
        byte[] stream = [.. packet, .. packet, .. packet];
        for (int at = 0; at < stream.Length; at += size)
        {
            publisher.Send(stream.AsSpan(at, Math.Min(size, stream.Length - at)));
        }

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(260, subscriber.TakeMessage().Payload.Length);
        }
    }

    [Fact]
    public void A_subscriber_that_stops_reading_costs_a_bounded_buffer()
    {
        var world = new World(new EngineOptions { OutputBufferBytesMax = 4096, QueuedMessagesMax = 100, OutboundInflightMaximum = 600, OutputStallMilliseconds = 60_000 });
        var stuck = world.Connect("stuck");
        stuck.Subscribe("t", qos: 1);
        var fine = world.Connect("fine");
        fine.Subscribe("t", qos: 1);
        stuck.StopsReading = true;
        var publisher = world.Connect("p");
        for (int i = 0; i < 1000; i++)
        {
            publisher.SendPublish("t", new string('x', 100), qos: i % 2, id: (ushort)(i % 2 == 0 ? 0 : 1));
        }

        Assert.Equal(1000, Count(fine));
        Assert.InRange(stuck.Connection.PendingOutput.Length, 4096, 4096 + 256);
        Assert.True(world.Dropped(Observation.DropReason.SlowConsumer) > 300);
        world.Advance(61);
        Assert.True(stuck.IsClosed);

        int Count(Peer peer)
        {
            int count = 0;
            while (peer.WaitingCount > 0)
            {
                var message = peer.TakeMessage();
                count++;
                if (message.PacketIdentifier != 0)
                {
                    peer.SendAck(PacketType.PubAck, message.PacketIdentifier);
                }
            }

            return count;
        }
    }

    [Fact]
    public void A_takeover_storm_leaves_one_connection()
    {
        var world = World.WithShards(4);
        List<Peer> peers = [];
        for (int i = 0; i < 200; i++)
        {
            var peer = world.Open();
            peer.SendConnect("same", clean: i % 3 == 0, expiry: i % 2 == 0 ? 100u : 0);
            peers.Add(peer);
        }

        world.Settle();
        Assert.Single(peers, peer => !peer.IsClosed);
        Assert.Equal(1, world.Core.SessionCount);
    }
}
