using Godwit.Protocol;

namespace Godwit.Engine.Tests;

public sealed class PublishTests
{
    public static TheoryData<int, ProtocolVersion> Cells() =>
        new MatrixTheoryData<int, ProtocolVersion>([1, 3], [ProtocolVersion.Mqtt31, ProtocolVersion.Mqtt311, ProtocolVersion.Mqtt5]);

    [Theory, MemberData(nameof(Cells))]
    public void QoS0_reaches_every_matching_subscriber_once(int shards, ProtocolVersion version)
    {
        var world = World.WithShards(shards);
        var exact = world.Connect("exact", version);
        var plus = world.Connect("plus", version);
        var hash = world.Connect("hash", version);
        var other = world.Connect("other", version);
        var publisher = world.Connect("publisher", version);
        exact.Subscribe("a/b");
        plus.Subscribe("+/b");
        hash.Subscribe("#");
        other.Subscribe("a/c");

        publisher.SendPublish("a/b", "hello");

        foreach (var peer in new[] { exact, plus, hash })
        {
            var message = peer.TakeMessage();
            Assert.Equal(("a/b", "hello", QualityOfService.AtMostOnce), (message.Topic, message.Payload, message.QoS));
            peer.AssertNothing();
        }

        other.AssertNothing();
    }

    [Fact]
    public void What_one_receive_brings_for_one_subscriber_leaves_in_pieces_of_64_KiB()
    {
        var world = World.WithShards(1);
        var subscriber = world.Connect("s", ProtocolVersion.Mqtt311);
        var publisher = world.Connect("p", ProtocolVersion.Mqtt311);
        subscriber.Subscribe("t");
        List<byte> bytes = [];
        for (int i = 0; i < 40; i++)
        {
            var packet = new PublishPacket { Topic = "t"u8, Payload = System.Text.Encoding.UTF8.GetBytes($"{i:D2}".PadRight(8000, '.')) };
            byte[] encoded = new byte[packet.GetEncodedLength(ProtocolVersion.Mqtt311)];
            packet.Encode(encoded, ProtocolVersion.Mqtt311);
            bytes.AddRange(encoded);
        }

        publisher.Send([.. bytes]);

        for (int i = 0; i < 40; i++)
        {
            Assert.StartsWith($"{i:D2}.", subscriber.TakeMessage().Payload, StringComparison.Ordinal);
        }

        subscriber.AssertNothing();
        Assert.InRange(subscriber.LargestPiece, 56_000, 64 * 1024);
    }

    [Theory, MemberData(nameof(Cells))]
    [Spec("MQTT-4.3.2-4")]
    public void QoS1_is_acknowledged_and_delivered_with_a_packet_identifier(int shards, ProtocolVersion version)
    {
        var world = World.WithShards(shards);
        var subscriber = world.Connect("s", version);
        var publisher = world.Connect("p", version);
        subscriber.Subscribe("t", qos: 1);

        publisher.SendPublish("t", "1", qos: 1, id: 7);

        Assert.Equal(7, publisher.Take(PacketType.PubAck).PacketIdentifier);
        var message = subscriber.TakeMessage();
        Assert.Equal(QualityOfService.AtLeastOnce, message.QoS);
        Assert.NotEqual(0, message.PacketIdentifier);
        Assert.False(message.Dup);
        subscriber.SendAck(PacketType.PubAck, message.PacketIdentifier);
        subscriber.AssertNothing();
    }

    [Theory, MemberData(nameof(Cells))]
    [Spec("MQTT-4.3.3-8")]
    [Spec("MQTT-4.3.3-11")]
    public void QoS2_runs_the_whole_handshake_in_both_directions(int shards, ProtocolVersion version)
    {
        var world = World.WithShards(shards);
        var subscriber = world.Connect("s", version);
        var publisher = world.Connect("p", version);
        subscriber.Subscribe("t", qos: 2);

        publisher.SendPublish("t", "2", qos: 2, id: 9);
        Assert.Equal(9, publisher.Take(PacketType.PubRec).PacketIdentifier);
        publisher.SendAck(PacketType.PubRel, 9);
        Assert.Equal(9, publisher.Take(PacketType.PubComp).PacketIdentifier);

        var message = subscriber.TakeMessage();
        subscriber.SendAck(PacketType.PubRec, message.PacketIdentifier);
        Assert.Equal(message.PacketIdentifier, subscriber.Take(PacketType.PubRel).PacketIdentifier);
        subscriber.SendAck(PacketType.PubComp, message.PacketIdentifier);
        subscriber.AssertNothing();
        publisher.AssertNothing();
    }

    [Fact, Spec("MQTT-4.3.3-10")]
    public void QoS2_publish_sent_again_before_pubrel_is_acknowledged_twice_and_delivered_once()
    {
        var world = new World();
        var subscriber = world.Connect("s");
        var publisher = world.Connect("p");
        subscriber.Subscribe("t", qos: 2);

        publisher.SendPublish("t", "x", qos: 2, id: 7);
        publisher.SendPublish("t", "x", qos: 2, id: 7, dup: true);

        publisher.Take(PacketType.PubRec);
        publisher.Take(PacketType.PubRec);
        subscriber.TakeMessage();
        subscriber.AssertNothing();

        publisher.SendAck(PacketType.PubRel, 7);
        publisher.Take(PacketType.PubComp);
        publisher.SendPublish("t", "y", qos: 2, id: 7); // [MQTT-4.3.3-12]
        publisher.Take(PacketType.PubRec);
        Assert.Equal("y", subscriber.TakeMessage().Payload);
    }

    [Fact, Spec("MQTT-3.8.4-8")]
    public void Delivery_is_at_the_lower_of_published_and_granted_qos()
    {
        var world = new World();
        var publisher = world.Connect("p");
        for (int granted = 0; granted <= 2; granted++)
        {
            var subscriber = world.Connect($"s{granted}");
            Assert.Equal(granted, subscriber.Subscribe($"t/{granted}", qos: granted));
            for (int published = 0; published <= 2; published++)
            {
                publisher.SendPublish($"t/{granted}", "m", qos: published, id: (ushort)(published == 0 ? 0 : 100 + (granted * 10) + published));
                Assert.Equal(Math.Min(granted, published), (int)subscriber.TakeMessage().QoS);
            }
        }
    }

    [Fact]
    public void Puback_says_no_matching_subscribers_only_where_it_is_true()
    {
        var world = World.WithShards(2);
        var publisher = world.Connect("p");
        Assert.Equal(ReasonCode.NoMatchingSubscribers, publisher.Publish1("t", "x"));
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t");
        Assert.Equal(ReasonCode.Success, publisher.Publish1("t", "x"));
        subscriber.Unsubscribe("t");
        Assert.Equal(ReasonCode.NoMatchingSubscribers, publisher.Publish1("t", "x"));
    }

    [Theory, InlineData(1), InlineData(4)]
    [Spec("MQTT-4.6.0-5")]
    public void Messages_of_one_publisher_keep_their_order_at_every_qos(int shards)
    {
        var world = World.WithShards(shards);
        var publisher = world.Connect("p");
        for (int qos = 0; qos <= 2; qos++)
        {
            var subscriber = world.Connect($"s{qos}");
            subscriber.Subscribe($"t{qos}", qos: qos);
            for (ushort i = 1; i <= 200; i++)
            {
                publisher.SendPublish($"t{qos}", $"{i}", qos: qos, id: (ushort)(qos == 0 ? 0 : i));
            }

            for (int i = 1; i <= 200; i++)
            {
                var message = subscriber.TakeMessage();
                Assert.Equal($"{i}", message.Payload);
            }
        }
    }

    [Fact, Spec("MQTT-3.3.4-9")]
    public void The_clients_receive_maximum_is_never_exceeded()
    {
        var world = new World();
        var subscriber = world.Open();
        subscriber.SendConnect("s", receiveMaximum: 2);
        subscriber.Take(PacketType.ConnAck);
        subscriber.Subscribe("t", qos: 1);
        var publisher = world.Connect("p");
        for (int i = 0; i < 10; i++)
        {
            publisher.Publish1("t", $"{i}");
        }

        Queue<ushort> open = new();
        for (int i = 0; i < 2; i++)
        {
            open.Enqueue(subscriber.TakeMessage().PacketIdentifier);
        }

        subscriber.AssertNothing();
        for (int i = 2; i < 10; i++)
        {
            subscriber.SendAck(PacketType.PubAck, open.Dequeue());
            var next = subscriber.TakeMessage();
            Assert.Equal($"{i}", next.Payload);
            open.Enqueue(next.PacketIdentifier);
            subscriber.AssertNothing();
        }
    }

    [Fact]
    public void A_transient_session_that_lags_is_fed_directly_again_once_it_has_caught_up()
    {
        var world = new World();
        var subscriber = world.Open();
        subscriber.SendConnect("s", receiveMaximum: 1);
        subscriber.Take(PacketType.ConnAck);
        subscriber.Subscribe("a/+", qos: 1, identifier: 1);
        subscriber.Subscribe("a/b", qos: 2, identifier: 2);
        var publisher = world.Connect("p");
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 5; i++)
            {
                publisher.Publish1(i % 2 == 0 ? "a/b" : "a/c", $"{i}");
            }

            for (int i = 0; i < 5; i++)
            {
                var message = subscriber.TakeMessage();
                Assert.Equal($"{i}", message.Payload);
                Assert.Equal(i % 2 == 0 ? [1u, 2u] : [1u], message.Identifiers.Order());
                subscriber.SendAck(PacketType.PubAck, message.PacketIdentifier);
            }

            subscriber.AssertNothing();
        }
    }

    [Fact, Spec("MQTT-3.3.2-17"), Spec("MQTT-3.3.2-18"), Spec("MQTT-3.3.2-20")]
    public void Properties_pass_unchanged_live_retained_and_queued()
    {
        byte[] properties =
        [
            0x01, 1, 0x26, 0, 1, (byte)'b', 0, 1, (byte)'2', 0x03, 0, 1, (byte)'x', 0x26, 0, 1, (byte)'a', 0, 1, (byte)'1',
            0x26, 0, 1, (byte)'b', 0, 1, (byte)'0',
        ];
        var world = World.WithShards(2);
        var live = world.Connect("live");
        live.Subscribe("t", qos: 1);
        var away = world.Connect("away", clean: false, expiry: 100);
        away.Subscribe("t", qos: 1);
        away.SendDisconnect();
        var publisher = world.Connect("p");
        publisher.SendPublish("t", "m", qos: 1, id: 1, retain: true, properties: properties);
        publisher.Take(PacketType.PubAck);
        var late = world.Connect("late");
        late.Subscribe("t");
        away = world.Connect("away", clean: false, expiry: 100);
        foreach (var peer in new[] { live, late, away })
        {
            var message = peer.TakeMessage();
            Assert.Equal(["b=2", "a=1", "b=0"], message.UserProperties);
            Assert.Equal("x", message.ContentType);
        }
    }
}
