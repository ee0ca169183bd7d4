using Godwit.Engine.Journals;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

public sealed class CommitTests
{
    [Fact]
    public void Connack_and_suback_of_a_persistent_session_wait_for_their_commit()
    {
        var store = new HeldStore();
        var world = new World(store: store);
        var peer = world.Open();
        peer.SendConnect("s", clean: false, expiry: 100);
        peer.AssertNothing();
        peer.SendPacket(0x82, [0, 9, 0, 0, 1, (byte)'t', 1]);
        peer.SendPacket(0xC0, []);
        peer.AssertNothing(); // nothing before CONNACK [MQTT-3.2.0-1]
        store.CommitAll();
        peer.Take(PacketType.ConnAck);
        peer.Take(PacketType.PingResp); // else a ping never waits
        peer.AssertNothing();
        store.CommitAll();
        Assert.Equal(9, peer.Take(PacketType.SubAck).PacketIdentifier);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Client_that_says_all_at_once_and_leaves_is_heard(bool isHolding)
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(store: store);
        var watcher = world.Connect("w");
        watcher.Subscribe("t");
        store.IsHolding = isHolding;
        var peer = world.Open(ProtocolVersion.Mqtt311);
        byte[] connect = [0x10, 13, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 0, 0, 0, 0, 1, (byte)'p'];
        peer.Send([.. connect, 0x30, 4, 0, 1, (byte)'t', (byte)'x', 0xE0, 0]);
        peer.Finish();
        store.CommitAll();
        store.IsHolding = false;
        Assert.Equal("x", watcher.TakeMessage().Payload);
        Assert.Equal(2, world.Core.SessionCount);
        if (!isHolding)
        {
            peer.Take(PacketType.ConnAck); // else it came when nobody was there any more
        }
    }

    [Fact]
    public void Subscription_that_is_lowered_to_QoS0_and_raised_again_gets_nothing_twice()
    {
        var world = new World(new EngineOptions { OutboundInflightMaximum = 1 });
        var subscriber = world.Connect("s", expiry: 100);
        subscriber.Subscribe("a/#", qos: 2);
        subscriber.Subscribe("a/b", qos: 1);
        var publisher = world.Connect("p");
        string[] Publish(params string[] payloads) => [.. payloads.Select(payload => publisher.Publish1("a/b", payload) == ReasonCode.Success ? payload : "refused")];
        List<string> expected = [.. Publish("1", "2")];
        subscriber.Subscribe("a/#");
        expected.AddRange(Publish("3", "4"));
        List<string> received = [];
        Drain(subscriber, received, 2);
        subscriber.Subscribe("a/#", qos: 2);
        expected.AddRange(Publish("5"));
        Drain(subscriber, received, 3);
        subscriber.AssertNothing();
        Assert.Equal(expected, received);

        static void Drain(Peer peer, List<string> received, int count)
        {
            for (int i = 0; i < count; i++)
            {
                var message = peer.TakeMessage();
                received.Add(message.Payload);
                peer.SendAck(PacketType.PubAck, message.PacketIdentifier);
            }
        }
    }

    [Theory, InlineData(1), InlineData(3)]
    public void Message_that_came_live_does_not_come_again_when_its_commit_follows_a_SUBSCRIBE_above_QoS0(int shards)
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(new EngineOptions { Shards = shards }, store);
        var subscriber = world.Connect("s", expiry: 100);
        subscriber.Subscribe("t");
        var other = world.Connect("o", expiry: 100);
        other.Subscribe("t", qos: 1);
        other.Subscribe("+", qos: 1);
        var publisher = world.Connect("p");
        store.IsHolding = true;
        publisher.SendPublish("t", "1", qos: 1, id: 1);
        Assert.Equal("1", subscriber.TakeMessage().Payload);
        subscriber.SendPacket(0x82, [0, 9, 0, 0, 1, (byte)'t', 1, 0, 1, (byte)'+', 2]);
        subscriber.AssertNothing();
        publisher.SendPublish("t", "2", qos: 1, id: 2);
        subscriber.AssertNothing();
        store.CommitAll();
        Assert.Equal(9, subscriber.Take(PacketType.SubAck).PacketIdentifier);
        Assert.Equal("2", subscriber.TakeMessage().Payload);
        subscriber.AssertNothing();
    }

    [Theory, InlineData(1), InlineData(2)]
    [Spec("MQTT-3.8.4-4")]
    public void Message_whose_commit_follows_the_SUBSCRIBE_that_replaced_its_subscription_is_sent_under_the_earlier_options(int shards)
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(new EngineOptions { Shards = shards }, store);
        var subscriber = world.Connect("s", expiry: 100);
        subscriber.Subscribe("t", qos: 1, identifier: 7);
        var publisher = world.Connect("p");
        store.IsHolding = true;
        Publish("1");
        Subscribe(8, [2, 0x0B, 8], qos: 1);
        Publish("2");
        Subscribe(9, [0], qos: 0);
        publisher.SendPublish("t", "3", qos: 1, id: 3);
        Assert.Equal("3", subscriber.TakeMessage().Payload);
        Subscribe(10, [0], qos: 1);
        Publish("4");
        store.CommitAll();
        Assert.Equal([8, 9, 10], [.. Enumerable.Range(0, 3).Select(_ => subscriber.Take(PacketType.SubAck).PacketIdentifier)]);
        Assert.Equal(["1 q1 7", "2 q1 8", "4 q1 "], [.. Enumerable.Range(0, 3).Select(_ => Describe(subscriber.TakeMessage()))]);
        subscriber.AssertNothing();

        void Publish(string payload)
        {
            publisher.SendPublish("t", payload, qos: 1, id: payload[0]);
            subscriber.AssertNothing();
        }

        void Subscribe(byte id, byte[] properties, byte qos)
        {
            subscriber.SendPacket(0x82, [0, id, .. properties, 0, 1, (byte)'t', qos]);
            subscriber.AssertNothing();
        }

        static string Describe(Received message) => $"{message.Payload} q{(int)message.QoS} {string.Join(',', message.Identifiers)}";
    }

    [Theory, InlineData(1), InlineData(3)]
    [Spec("MQTT-4.6.0-2")]
    public void Acknowledgements_leave_in_order_also_when_only_some_wait_for_a_commit(int shards)
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(new EngineOptions { Shards = shards }, store);
        var subscriber = world.Connect("s", clean: false, expiry: 100);
        subscriber.Subscribe("durable", qos: 1);
        var publisher = world.Connect("p");
        store.IsHolding = true;
        publisher.SendPublish("plain", "a", qos: 1, id: 1);
        publisher.SendPublish("durable", "b", qos: 1, id: 2);
        publisher.SendPublish("plain", "c", qos: 1, id: 3);
        publisher.SendPublish("durable", "d", qos: 2, id: 4);
        Assert.Equal(1, publisher.Take(PacketType.PubAck).PacketIdentifier);
        publisher.AssertNothing();
        subscriber.AssertNothing();
        for (int i = 0; i < 4; i++)
        {
            store.CommitAll();
            world.Settle();
        }

        Assert.Equal(2, publisher.Take(PacketType.PubAck).PacketIdentifier);
        Assert.Equal(3, publisher.Take(PacketType.PubAck).PacketIdentifier);
        Assert.Equal(4, publisher.Take(PacketType.PubRec).PacketIdentifier);
        Assert.Equal("b", subscriber.TakeMessage().Payload);
        Assert.Equal("d", subscriber.TakeMessage().Payload);
    }

    [Fact]
    public void Pubrel_to_a_persistent_session_waits_for_the_record_of_its_pubrec()
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(store: store);
        var subscriber = world.Connect("s", clean: false, expiry: 100);
        subscriber.Subscribe("t", qos: 2);
        var publisher = world.Connect("p");
        publisher.SendPublish("t", "x", qos: 2, id: 1);
        var message = subscriber.TakeMessage();
        store.IsHolding = true;
        subscriber.SendAck(PacketType.PubRec, message.PacketIdentifier);
        subscriber.AssertNothing();
        store.CommitAll();
        subscriber.Take(PacketType.PubRel);
    }

    [Theory, InlineData(1), InlineData(2)]
    public void A_store_that_answers_reads_later_feeds_the_same_messages_in_order(int shards)
    {
        var store = new HeldStore { IsHolding = false, ReadsLater = true };
        var world = new World(new EngineOptions { Shards = shards }, store);
        var subscriber = world.Connect("s", clean: false, expiry: 100);
        subscriber.Subscribe("a/#", qos: 1);
        subscriber.Subscribe("+/b", qos: 1);
        var member = world.Connect("m");
        member.Subscribe("$share/g/a/#", qos: 1);
        var publisher = world.Connect("p");
        for (int i = 0; i < 20; i++)
        {
            publisher.Publish1("a/b", $"{i}");
        }

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal($"{i}", subscriber.TakeMessage().Payload);
            Assert.Equal($"{i}", member.TakeMessage().Payload);
        }

        subscriber.AssertNothing();
        member.AssertNothing();
    }

    [Fact]
    public void One_publish_to_many_offline_sessions_is_one_append()
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(store: store);
        for (int i = 0; i < 50; i++)
        {
            var subscriber = world.Connect($"s{i}", clean: false, expiry: 100);
            subscriber.Subscribe("fleet/#", qos: 1);
            subscriber.Cut();
        }

        store.Written.Clear();
        world.Connect("p").Publish1("fleet/ota", "x");
        Assert.Single(store.Written, kind => kind == StoreOperationKind.Append);
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal("x", world.Connect($"s{i}", clean: false, expiry: 100).TakeMessage().Payload);
        }
    }

    [Fact]
    public void What_every_reader_has_passed_is_trimmed()
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(store: store);
        var subscriber = world.Connect("s", clean: false, expiry: 100);
        subscriber.Subscribe("t", qos: 1);
        var publisher = world.Connect("p");
        for (int i = 0; i < 300; i++)
        {
            publisher.Publish1("t", $"{i}");
            subscriber.SendAck(PacketType.PubAck, subscriber.TakeMessage().PacketIdentifier);
        }

        var journal = Assert.Single(world.Core.Subscriptions.Find("t"u8)!.Journals);
        Assert.Equal(300, journal.Horizon);
        Assert.Equal(300, journal.First);
        subscriber.Unsubscribe("t");
        Assert.Equal(0, world.Core.FilterCount);
    }
}
