using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

public sealed class SessionTests
{
    [Theory, InlineData(1), InlineData(4)]
    [Spec("MQTT-3.1.2-5"), Spec("MQTT-3.2.2-3")]
    public void Messages_for_an_offline_session_wait_in_order(int shards)
    {
        var world = World.WithShards(shards);
        var subscriber = world.Connect("s", clean: false, expiry: 1000);
        Assert.False(subscriber.ConnAck.SessionPresent);
        subscriber.Subscribe("t/#", qos: 2);
        subscriber.Cut();
        var publisher = world.Connect("p");
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(ReasonCode.Success, publisher.Publish1($"t/{i % 3}", $"{i}"));
        }

        publisher.SendPublish("t/0", "qos 0 is not kept");
        subscriber = world.Connect("s", clean: false, expiry: 1000);
        Assert.True(subscriber.ConnAck.SessionPresent);
        for (int i = 0; i < 50; i++)
        {
            var message = subscriber.TakeMessage();
            Assert.Equal($"{i}", message.Payload);
            subscriber.SendAck(PacketType.PubAck, message.PacketIdentifier);
        }

        subscriber.AssertNothing();
    }

    [Fact, Spec("MQTT-4.4.0-1"), Spec("MQTT-3.3.1-1")]
    public void Unacknowledged_messages_are_sent_again_in_order_with_their_identifiers()
    {
        var world = new World();
        var subscriber = world.Connect("s", clean: false, expiry: 1000);
        subscriber.Subscribe("t", qos: 2);
        var publisher = world.Connect("p");
        publisher.Publish1("t", "one");
        publisher.SendPublish("t", "two", qos: 2, id: 5);
        publisher.Take(PacketType.PubRec);
        publisher.SendPublish("t", "three", qos: 2, id: 6);
        publisher.Take(PacketType.PubRec);
        var one = subscriber.TakeMessage();
        var two = subscriber.TakeMessage();
        var three = subscriber.TakeMessage();
        subscriber.SendAck(PacketType.PubRec, two.PacketIdentifier);
        subscriber.Take(PacketType.PubRel);
        subscriber.Cut();

        subscriber = world.Connect("s", clean: false, expiry: 1000);
        var again = subscriber.TakeMessage();
        Assert.Equal((one.PacketIdentifier, "one", true), (again.PacketIdentifier, again.Payload, again.Dup));
        Assert.Equal(two.PacketIdentifier, subscriber.Take(PacketType.PubRel).PacketIdentifier);
        again = subscriber.TakeMessage();
        Assert.Equal((three.PacketIdentifier, "three", true), (again.PacketIdentifier, again.Payload, again.Dup));
        subscriber.SendAck(PacketType.PubAck, one.PacketIdentifier);
        subscriber.SendAck(PacketType.PubComp, two.PacketIdentifier);
        subscriber.SendAck(PacketType.PubRec, three.PacketIdentifier);
        subscriber.Take(PacketType.PubRel);
        subscriber.SendAck(PacketType.PubComp, three.PacketIdentifier);
        subscriber.Cut();
        subscriber = world.Connect("s", clean: false, expiry: 1000);
        subscriber.AssertNothing();
    }

    [Fact, Spec("MQTT-4.3.3-10")]
    public void Inbound_qos2_state_survives_a_reconnect()
    {
        var world = new World();
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t", qos: 2);
        var publisher = world.Connect("p", clean: false, expiry: 1000);
        publisher.SendPublish("t", "x", qos: 2, id: 7);
        publisher.Take(PacketType.PubRec);
        publisher.Cut();
        publisher = world.Connect("p", clean: false, expiry: 1000);
        publisher.SendPublish("t", "x", qos: 2, id: 7, dup: true);
        publisher.Take(PacketType.PubRec);
        publisher.SendAck(PacketType.PubRel, 7);
        publisher.Take(PacketType.PubComp);
        Assert.Equal("x", subscriber.TakeMessage().Payload);
        subscriber.AssertNothing();
    }

    [Fact, Spec("MQTT-4.1.0-2")]
    public void A_session_ends_when_its_expiry_interval_is_over()
    {
        var world = new World();
        var subscriber = world.Connect("s", clean: false, expiry: 10);
        subscriber.Subscribe("t", qos: 1);
        subscriber.Cut();
        world.Advance(9.9);
        Assert.Equal(1, world.Core.SessionCount);
        world.Advance(0.2);
        Assert.Equal(0, world.Core.SessionCount);
        Assert.Equal(0, world.Core.FilterCount);
        Assert.False(world.Connect("s", clean: false, expiry: 10).ConnAck.SessionPresent);
    }

    [Theory, InlineData(1), InlineData(4)]
    [Spec("MQTT-3.1.4-3")]
    public void Takeover_sends_the_older_connection_away_and_keeps_the_session(int shards)
    {
        var world = World.WithShards(shards);
        var older = world.Connect("s", clean: false, expiry: 100);
        older.Subscribe("t", qos: 1);
        var newer = world.Connect("s", clean: false, expiry: 100);
        older.AssertClosed(ReasonCode.SessionTakenOver);
        Assert.True(newer.ConnAck.SessionPresent);
        world.Connect("p").Publish1("t", "x");
        Assert.Equal("x", newer.TakeMessage().Payload);
    }

    [Theory, InlineData(1), InlineData(4)]
    public void Packets_that_came_with_the_connect_are_handled_on_the_home_loop(int shards)
    {
        var world = World.WithShards(shards);
        for (int i = 0; i < 4; i++)
        {
            var peer = world.Open();
            byte[] connect = [0x10, 14, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 5, 2, 0, 0, 0, 0, 1, (byte)('a' + i)];
            byte[] subscribe = [0x82, 7, 0, 9, 0, 0, 1, (byte)'t', 1];
            byte[] publish = [0x32, 7, 0, 1, (byte)'t', 0, 5, 0, (byte)'x'];
            peer.Send([.. connect, .. subscribe, .. publish, 0xC0, 0, .. publish.AsSpan(0, 4)]);
            peer.Take(PacketType.ConnAck);
            peer.Take(PacketType.SubAck);
            peer.TakeMessage();
            peer.Take(PacketType.PubAck);
            peer.Take(PacketType.PingResp);
            peer.Send(publish.AsSpan(4));
            peer.TakeMessage();
            peer.Take(PacketType.PubAck);
            peer.SendDisconnect();
        }
    }

    [Fact]
    public void Only_an_assigned_client_identifier_is_reported()
    {
        var world = new World();
        Assert.Equal(string.Empty, world.Connect("own").ConnAck.AssignedClientIdentifier);
        var first = world.Connect(string.Empty).ConnAck.AssignedClientIdentifier;
        Assert.NotEmpty(first);
        Assert.NotEqual(first, world.Connect(string.Empty).ConnAck.AssignedClientIdentifier);
    }

    [Fact, Spec("MQTT-3.1.2-4"), Spec("MQTT-3.2.2-2")]
    public void Clean_start_throws_the_old_session_away()
    {
        var world = new World();
        var subscriber = world.Connect("s", clean: false, expiry: 100);
        subscriber.Subscribe("t", qos: 1);
        subscriber.SendDisconnect();
        var publisher = world.Connect("p");
        publisher.Publish1("t", "x");
        subscriber = world.Connect("s", clean: true, expiry: 100);
        Assert.False(subscriber.ConnAck.SessionPresent);
        subscriber.AssertNothing();
        Assert.Equal(ReasonCode.NoMatchingSubscribers, publisher.Publish1("t", "x"));
    }

    [Fact, Spec("MQTT-3.1.2-8")]
    public void A_will_is_published_when_the_connection_is_cut_and_not_after_disconnect()
    {
        var world = World.WithShards(2);
        var watcher = world.Connect("w");
        watcher.Subscribe("will/#", qos: 1);
        var peer = world.Open();
        peer.SendConnect("a", will: new TestWill("will/a", "gone", QualityOfService.AtLeastOnce));
        peer.Take(PacketType.ConnAck);
        peer.Cut();
        Assert.Equal("gone", watcher.TakeMessage().Payload);

        peer = world.Open();
        peer.SendConnect("b", will: new TestWill("will/b", "gone"));
        peer.Take(PacketType.ConnAck);
        peer.SendDisconnect();
        watcher.AssertNothing();

        peer = world.Open();
        peer.SendConnect("c", will: new TestWill("will/c", "asked for"));
        peer.Take(PacketType.ConnAck);
        peer.SendDisconnect(0x04);
        Assert.Equal("asked for", watcher.TakeMessage().Payload);
    }

    [Fact, Spec("MQTT-3.1.3-9")]
    public void A_delayed_will_is_published_when_due_unless_the_client_is_back()
    {
        var world = new World();
        var watcher = world.Connect("w");
        watcher.Subscribe("will");
        var will = new TestWill("will", "gone", DelaySeconds: 5);
        var peer = world.Open();
        peer.SendConnect("a", clean: false, expiry: 100, will: will);
        peer.Take(PacketType.ConnAck);
        peer.Cut();
        world.Advance(4.9);
        watcher.AssertNothing();
        var back = world.Open();
        back.SendConnect("a", clean: false, expiry: 100, will: will);
        Assert.True(back.Take(PacketType.ConnAck).SessionPresent);
        world.Advance(10);
        watcher.AssertNothing();
        back.Cut();
        world.Advance(5);
        Assert.Equal("gone", watcher.TakeMessage().Payload);
    }

    [Fact]
    public void A_delayed_will_is_published_when_the_session_ends_first()
    {
        var world = new World();
        var watcher = world.Connect("w");
        watcher.Subscribe("will");
        var peer = world.Open();
        peer.SendConnect("a", clean: false, expiry: 3, will: new TestWill("will", "gone", DelaySeconds: 50));
        peer.Take(PacketType.ConnAck);
        peer.Cut();
        world.Advance(2.9);
        watcher.AssertNothing();
        world.Advance(0.1);
        Assert.Equal("gone", watcher.TakeMessage().Payload);
    }

    [Fact, Spec("MQTT-3.1.2-22")]
    public void A_silent_client_is_closed_after_one_and_a_half_keep_alives()
    {
        var world = new World();
        var peer = world.Open();
        peer.SendConnect("a", keepAlive: 10);
        peer.Take(PacketType.ConnAck);
        world.Advance(14);
        peer.SendPacket(0xC0, []);
        peer.Take(PacketType.PingResp);
        world.Advance(14.9);
        Assert.False(peer.IsClosed);
        world.Advance(0.2);
        peer.AssertClosed(ReasonCode.KeepAliveTimeout);
    }

    [Theory]
    [InlineData(QueueOverflow.DropOldest, 5, 9)]
    [InlineData(QueueOverflow.DropNewest, 0, 4)]
    public void An_offline_queue_is_bounded_and_counts_what_it_drops(QueueOverflow policy, int first, int last)
    {
        var world = new World(new EngineOptions { QueuedMessagesMax = 5, QueueOverflow = policy });
        var subscriber = world.Connect("s", clean: false, expiry: 1000);
        subscriber.Subscribe("t", qos: 1);
        subscriber.Cut();
        var publisher = world.Connect("p");
        for (int i = 0; i < 10; i++)
        {
            publisher.Publish1("t", $"{i}");
        }

        subscriber = world.Connect("s", clean: false, expiry: 1000);
        for (int i = first; i <= last; i++)
        {
            Assert.Equal($"{i}", subscriber.TakeMessage().Payload);
        }

        subscriber.AssertNothing();
        Assert.Equal(5, world.Dropped(DropReason.QueueFull));
    }

    [Theory]
    [InlineData(QueueOverflow.DropOldest)]
    [InlineData(QueueOverflow.DropNewest)]
    [InlineData(QueueOverflow.KeepLatest)]
    [Spec("MQTT-3.3.4-2"), Spec("MQTT-3.3.4-4")]
    public void Overlapping_filters_queue_a_message_once_under_every_policy(QueueOverflow policy)
    {
        var world = new World(new EngineOptions { QueueOverflow = policy });
        var subscriber = world.Connect("s", clean: false, expiry: 1000);
        subscriber.Subscribe("t/#", qos: 1, identifier: 1);
        subscriber.Subscribe("t/+", qos: 2, identifier: 2);
        subscriber.Cut();
        world.Connect("p").Publish1("t/a", "once");

        subscriber = world.Connect("s", clean: false, expiry: 1000);

        var message = subscriber.TakeMessage();
        Assert.Equal("once", message.Payload);
        Assert.Equal([1u, 2u], message.Identifiers.Order());
        subscriber.AssertNothing();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Keep_latest_leaves_one_message_per_topic_in_the_order_of_their_last_publish(int shards)
    {
        var world = new World(new EngineOptions { Shards = shards, QueueOverflow = QueueOverflow.KeepLatest });
        var subscriber = world.Connect("s", clean: false, expiry: 1000);
        subscriber.Subscribe("t/#", qos: 1);
        subscriber.Subscribe("t/a", qos: 2);
        subscriber.Cut();
        var publisher = world.Connect("p");
        foreach (string message in "a1 b1 a2 c1 b2 a3".Split(' '))
        {
            publisher.Publish1($"t/{message[0]}", message);
        }

        subscriber = world.Connect("s", clean: false, expiry: 1000);

        Assert.Equal("c1", subscriber.TakeMessage().Payload);
        Assert.Equal("b2", subscriber.TakeMessage().Payload);
        Assert.Equal("a3", subscriber.TakeMessage().Payload);
        subscriber.AssertNothing();
        Assert.Equal(3, world.Dropped(DropReason.Superseded));
        Assert.Equal(0, world.Dropped(DropReason.QueueFull));
    }

    [Fact]
    public void Keep_latest_drops_the_topic_of_the_oldest_message_when_there_are_too_many()
    {
        var world = new World(new EngineOptions { QueuedMessagesMax = 3, QueueOverflow = QueueOverflow.KeepLatest });
        var subscriber = world.Connect("s", clean: false, expiry: 1000);
        subscriber.Subscribe("#", qos: 1);
        subscriber.Cut();
        var publisher = world.Connect("p");
        foreach (string topic in "a b a c d e".Split(' '))
        {
            publisher.Publish1(topic, topic);
        }

        subscriber = world.Connect("s", clean: false, expiry: 1000);

        Assert.Equal("c", subscriber.TakeMessage().Payload);
        Assert.Equal("d", subscriber.TakeMessage().Payload);
        Assert.Equal("e", subscriber.TakeMessage().Payload);
        subscriber.AssertNothing();
        Assert.Equal(1, world.Dropped(DropReason.Superseded));
        Assert.Equal(2, world.Dropped(DropReason.QueueFull));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1000u)]
    public void Keep_latest_brings_a_slow_client_the_latest_and_what_was_on_its_way(uint expiry)
    {
        var world = new World(new EngineOptions { QueueOverflow = QueueOverflow.KeepLatest });
        var slow = world.Open();
        slow.SendConnect("slow", clean: false, expiry: expiry, receiveMaximum: 1);
        slow.Take(PacketType.ConnAck);
        slow.Subscribe("t/#", qos: 1);
        var publisher = world.Connect("p");
        for (int i = 0; i < 10; i++)
        {
            publisher.Publish1("t/a", $"{i}");
        }

        publisher.Publish1("t/b", "other");

        var first = slow.TakeMessage();
        Assert.Equal("0", first.Payload);
        slow.SendAck(PacketType.PubAck, first.PacketIdentifier);
        var second = slow.TakeMessage();
        Assert.Equal("9", second.Payload);
        slow.SendAck(PacketType.PubAck, second.PacketIdentifier);
        Assert.Equal("other", slow.TakeMessage().Payload);
        Assert.Equal(8, world.Dropped(DropReason.Superseded));
    }

    [Fact]
    public void An_overflow_under_the_disconnect_policy_ends_the_session()
    {
        var world = new World(new EngineOptions { QueuedMessagesMax = 5, QueueOverflow = QueueOverflow.Disconnect });
        var subscriber = world.Connect("s", clean: false, expiry: 1000);
        subscriber.Subscribe("t", qos: 1);
        subscriber.Cut();
        var slow = world.Open();
        slow.SendConnect("slow", receiveMaximum: 1);
        slow.Take(PacketType.ConnAck);
        slow.Subscribe("t", qos: 1);
        var publisher = world.Connect("p");
        for (int i = 0; i < 10; i++)
        {
            publisher.Publish1("t", $"{i}");
        }

        Assert.Equal("0", slow.TakeMessage().Payload);
        slow.AssertClosed(ReasonCode.QuotaExceeded);
        Assert.False(world.Connect("s", clean: false, expiry: 1000).ConnAck.SessionPresent);
    }
}
