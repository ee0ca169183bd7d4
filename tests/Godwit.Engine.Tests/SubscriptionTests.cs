using Godwit.Engine.Observation;
using Godwit.Engine.SharedGroups;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

public sealed class SubscriptionTests
{
    [Theory]
    [InlineData("a#"), InlineData("a/#/b"), InlineData("a+"), InlineData("$share//x"), InlineData("$share/g"), InlineData("$share/g/"), InlineData("$share/g+/x")]
    [Spec("MQTT-4.7.1-1"), Spec("MQTT-4.8.2-2")]
    public void A_filter_that_is_none_is_refused_and_the_connection_stays(string filter)
    {
        var world = new World();
        Assert.Equal((byte)ReasonCode.TopicFilterInvalid, world.Connect("a").Subscribe(filter));
        Assert.Equal(0x80, world.Connect("b", ProtocolVersion.Mqtt311).Subscribe(filter));
    }

    [Theory, InlineData(1), InlineData(3)]
    [Spec("MQTT-3.3.4-2"), Spec("MQTT-3.3.4-4")]
    public void Overlapping_filters_give_one_copy_at_the_highest_qos_with_all_identifiers(int shards)
    {
        var world = World.WithShards(shards);
        var subscriber = world.Connect("s");
        subscriber.Subscribe("a/#", qos: 0, identifier: 1);
        subscriber.Subscribe("a/+", qos: 2, identifier: 300);
        subscriber.Subscribe("a/b", qos: 1);
        world.Connect("p").Publish1("a/b", "x");
        var message = subscriber.TakeMessage();
        Assert.Equal(QualityOfService.AtLeastOnce, message.QoS);
        Assert.Equal([1u, 300u], message.Identifiers.Order());
        subscriber.AssertNothing();
    }

    [Fact, Spec("MQTT-3.3.4-4")]
    public void Overlapping_filters_of_an_offline_session_give_one_copy_with_all_identifiers()
    {
        var world = new World();
        var subscriber = world.Connect("s", clean: false, expiry: 100);
        subscriber.Subscribe("a/#", qos: 0, identifier: 1);
        subscriber.Subscribe("a/+", qos: 2, identifier: 2);
        subscriber.Subscribe("a/b", qos: 1, identifier: 3);
        subscriber.Cut();
        var publisher = world.Connect("p");
        publisher.SendPublish("a/b", "x", qos: 2, id: 1);
        publisher.SendPublish("a/c", "y", qos: 2, id: 2);
        subscriber = world.Connect("s", clean: false, expiry: 100);
        var message = subscriber.TakeMessage();
        Assert.Equal(("x", QualityOfService.ExactlyOnce), (message.Payload, message.QoS));
        Assert.Equal([1u, 2u, 3u], message.Identifiers.Order());
        message = subscriber.TakeMessage();
        Assert.Equal([1u, 2u], message.Identifiers.Order());
        subscriber.AssertNothing();
    }

    [Fact, Spec("MQTT-3.8.3-3")]
    public void No_local_keeps_own_messages_away_live_and_queued()
    {
        var world = new World();
        var subscriber = world.Connect("s", clean: false, expiry: 100);
        subscriber.Subscribe("t", qos: 1, noLocal: true);
        subscriber.Publish1("t", "own");
        subscriber.AssertNothing();
        world.Connect("p").Publish1("t", "foreign");
        Assert.Equal("foreign", subscriber.TakeMessage().Payload);
    }

    [Fact, Spec("MQTT-3.3.1-12"), Spec("MQTT-3.3.1-13")]
    public void Retain_as_published_decides_over_the_flag_of_live_messages()
    {
        var world = new World();
        var keeps = world.Connect("keeps");
        keeps.Subscribe("t", retainAsPublished: true);
        var clears = world.Connect("clears");
        clears.Subscribe("t");
        world.Connect("p").SendPublish("t", "x", retain: true);
        Assert.True(keeps.TakeMessage().Retain);
        Assert.False(clears.TakeMessage().Retain);
    }

    [Fact, Spec("MQTT-3.3.1-9"), Spec("MQTT-3.3.1-10"), Spec("MQTT-3.3.1-11")]
    public void Retain_handling_decides_when_retained_messages_are_sent()
    {
        var world = new World();
        world.Connect("p").SendPublish("t", "x", retain: true);
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t", handling: RetainHandling.DoNotSend);
        subscriber.AssertNothing();
        subscriber.Subscribe("t", handling: RetainHandling.SendAtSubscribeIfNew);
        subscriber.AssertNothing();
        subscriber.Subscribe("t");
        Assert.True(subscriber.TakeMessage().Retain);
        subscriber.Unsubscribe("t");
        subscriber.Subscribe("t", handling: RetainHandling.SendAtSubscribeIfNew);
        subscriber.TakeMessage();
    }

    [Fact, Spec("MQTT-3.8.4-3"), Spec("MQTT-3.8.4-4")]
    public void Subscribing_again_keeps_what_is_queued_under_the_options_it_was_queued_under()
    {
        var world = new World();
        var subscriber = world.Open();
        subscriber.SendConnect("s", clean: false, expiry: 100, receiveMaximum: 1);
        subscriber.Take(PacketType.ConnAck);
        subscriber.Subscribe("t", qos: 1, identifier: 1, handling: RetainHandling.DoNotSend);
        var publisher = world.Connect("p");
        publisher.Publish1("t", "0");
        publisher.Publish1("t", "1");
        var first = subscriber.TakeMessage();
        subscriber.Subscribe("t", qos: 0, identifier: 2, handling: RetainHandling.DoNotSend);
        publisher.Publish1("t", "2");
        var live = subscriber.TakeMessage();
        Assert.Equal(("2", QualityOfService.AtMostOnce, 2u), (live.Payload, live.QoS, Assert.Single(live.Identifiers)));
        subscriber.SendAck(PacketType.PubAck, first.PacketIdentifier);
        var queued = subscriber.TakeMessage();
        Assert.Equal(("1", QualityOfService.AtLeastOnce, 1u), (queued.Payload, queued.QoS, Assert.Single(queued.Identifiers)));
        subscriber.SendAck(PacketType.PubAck, queued.PacketIdentifier);
        subscriber.AssertNothing();
    }

    [Fact, Spec("MQTT-3.8.4-4")]
    public void A_transient_subscription_lowered_to_qos0_gets_nothing_twice_while_others_lag_on_the_filter()
    {
        var world = new World();
        var lowered = OpenSlow(world, "lowered");
        OpenSlow(world, "other");
        var publisher = world.Connect("p");
        publisher.Publish1("t", "0");
        publisher.Publish1("t", "1");
        var onItsWay = lowered.TakeMessage();
        lowered.Subscribe("t", qos: 0);

        publisher.Publish1("t", "2");
        Assert.Equal("2", lowered.TakeMessage().Payload);
        lowered.SendAck(PacketType.PubAck, onItsWay.PacketIdentifier);

        var queued = lowered.TakeMessage();
        Assert.Equal(("1", QualityOfService.AtLeastOnce), (queued.Payload, queued.QoS));
        lowered.SendAck(PacketType.PubAck, queued.PacketIdentifier);
        lowered.AssertNothing();
    }

    [Fact, Spec("MQTT-3.8.4-4")]
    public void A_transient_subscription_raised_again_while_its_queue_drains_passes_over_what_it_got_meanwhile()
    {
        var world = new World();
        var raised = OpenSlow(world, "raised");
        OpenSlow(world, "other");
        var publisher = world.Connect("p");
        publisher.Publish1("t", "0");
        publisher.Publish1("t", "1");
        var onItsWay = raised.TakeMessage();
        raised.Subscribe("t", qos: 0);
        publisher.Publish1("t", "2");
        Assert.Equal("2", raised.TakeMessage().Payload);
        raised.Subscribe("t", qos: 1);
        publisher.Publish1("t", "3");

        raised.SendAck(PacketType.PubAck, onItsWay.PacketIdentifier);
        var queued = raised.TakeMessage();
        Assert.Equal("1", queued.Payload);
        raised.SendAck(PacketType.PubAck, queued.PacketIdentifier);
        var last = raised.TakeMessage();
        Assert.Equal("3", last.Payload);
        raised.SendAck(PacketType.PubAck, last.PacketIdentifier);
        raised.AssertNothing();
    }

    [Fact, Spec("MQTT-3.10.4-2"), Spec("MQTT-3.10.4-3"), Spec("MQTT-3.10.4-5")]
    public void Unsubscribe_drops_what_is_queued_and_finishes_what_is_on_its_way()
    {
        var world = new World();
        var subscriber = world.Open();
        subscriber.SendConnect("s", clean: false, expiry: 100, receiveMaximum: 1);
        subscriber.Take(PacketType.ConnAck);
        subscriber.Subscribe("t", qos: 1);
        var publisher = world.Connect("p");
        publisher.Publish1("t", "0");
        publisher.Publish1("t", "1");
        var first = subscriber.TakeMessage();
        Assert.Equal((byte)ReasonCode.Success, subscriber.Unsubscribe("t"));
        Assert.Equal((byte)ReasonCode.NoSubscriptionExisted, subscriber.Unsubscribe("t"));
        subscriber.Cut();
        subscriber = world.Connect("s", clean: false, expiry: 100);
        var again = subscriber.TakeMessage();
        Assert.Equal((first.PacketIdentifier, true), (again.PacketIdentifier, again.Dup));
        subscriber.SendAck(PacketType.PubAck, again.PacketIdentifier);
        subscriber.AssertNothing();
    }

    [Theory]
    [InlineData("#", "a,a/b,a/b/c,x/y"), InlineData("a/#", "a,a/b,a/b/c"), InlineData("+/b", "a/b"), InlineData("+/+/c", "a/b/c"), InlineData("a", "a"), InlineData("x/+", "x/y"), InlineData("$SYS/#", "$SYS/z"), InlineData("+/z", "")]
    [Spec("MQTT-4.7.2-1"), Spec("MQTT-3.3.1-5")]
    public void Retained_messages_of_all_matching_topics_are_sent(string filter, string expected)
    {
        var world = new World();
        var publisher = world.Connect("p");
        foreach (string topic in (string[])["x/y", "a/b/c", "a", "$SYS/z", "a/b"])
        {
            publisher.SendPublish(topic, topic, retain: true);
        }

        var subscriber = world.Connect("s");
        subscriber.Subscribe(filter);
        List<string> topics = [];
        while (subscriber.WaitingCount > 0)
        {
            topics.Add(subscriber.TakeMessage().Topic);
        }

        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), topics);
    }

    [Fact, Spec("MQTT-3.3.1-6"), Spec("MQTT-3.3.1-7"), Spec("MQTT-3.3.1-8")]
    public void An_empty_retained_message_clears_the_topic()
    {
        var world = new World();
        var publisher = world.Connect("p");
        publisher.SendPublish("t", "x", retain: true);
        publisher.SendPublish("t", "y");
        Assert.Equal(1, world.Core.RetainedCount);
        publisher.SendPublish("t", "", retain: true);
        Assert.Equal(0, world.Core.RetainedCount);
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t");
        subscriber.AssertNothing();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Others_have_their_turns_while_clients_take_many_retained_messages(int clients)
    {
        const int Count = 4_000;
        var world = new World();
        var publisher = world.Connect("publisher");
        for (int i = 0; i < Count; i++)
        {
            publisher.SendPublish($"a/{i}", "x", retain: true);
        }

        var takers = Enumerable.Range(0, clients).Select(i => world.Connect($"taker {i}")).ToArray();
        int turns = world.TurnCount;
        foreach (var taker in takers)
        {
            taker.Subscribe("a/#");
        }

        Assert.All(takers, taker => Assert.Equal(Count, taker.WaitingCount));
        Assert.InRange(world.TurnCount - turns, clients * Count / 256, clients * Count / 64);
    }

    [Fact]
    public void Retained_replay_is_paced_by_the_window_and_not_cut_by_queue_limits()
    {
        var world = new World(new EngineOptions { QueuedMessagesMax = 10, OutboundInflightMaximum = 5 });
        var publisher = world.Connect("p");
        for (int i = 0; i < 500; i++)
        {
            publisher.Publish1($"t/{i:d3}", $"{i}", retain: true);
        }

        var subscriber = world.Connect("s");
        subscriber.Subscribe("t/#", qos: 1);
        for (int i = 0; i < 500; i++)
        {
            var message = subscriber.TakeMessage();
            Assert.Equal($"{i}", message.Payload);
            subscriber.SendAck(PacketType.PubAck, message.PacketIdentifier);
        }

        subscriber.AssertNothing();
    }

    [Fact, Spec("MQTT-3.3.2-5"), Spec("MQTT-3.3.2-6")]
    public void Expiry_counts_down_while_a_message_waits_and_drops_it_in_the_end()
    {
        byte[] tenSeconds = [0x02, 0, 0, 0, 10];
        var world = new World();
        var subscriber = world.Connect("s", clean: false, expiry: 100);
        subscriber.Subscribe("t", qos: 1);
        subscriber.Cut();
        var publisher = world.Connect("p");
        publisher.SendPublish("t", "queued", qos: 1, id: 1, properties: tenSeconds);
        publisher.SendPublish("r", "retained", qos: 1, id: 2, retain: true, properties: tenSeconds);
        world.Advance(4);
        subscriber = world.Connect("s", clean: false, expiry: 100);
        Assert.Equal(6u, subscriber.TakeMessage().Expiry);
        var late = world.Connect("late");
        late.Subscribe("r");
        Assert.Equal(6u, late.TakeMessage().Expiry);
        subscriber.Cut();
        publisher.SendPublish("t", "too late", qos: 1, id: 1, properties: tenSeconds);
        world.Advance(11);
        Assert.Equal(0, world.Core.RetainedCount);
        subscriber = world.Connect("s", clean: false, expiry: 100);
        Assert.True(subscriber.TakeMessage().Dup);
        subscriber.AssertNothing();
        Assert.Equal(1, world.Dropped(DropReason.Expired));
    }

    [Theory, InlineData(1), InlineData(4)]
    public void A_shared_subscription_gives_each_message_to_exactly_one_member(int shards)
    {
        var world = World.WithShards(shards);
        var members = new Peer[4];
        for (int i = 0; i < members.Length; i++)
        {
            members[i] = world.Connect($"m{i}");
            members[i].Subscribe("$share/g/t/#", qos: 1);
        }

        var plain = world.Connect("plain");
        plain.Subscribe("t/#", qos: 1);
        var publisher = world.Connect("p");
        for (int i = 0; i < 100; i++)
        {
            publisher.Publish1($"t/{i}", $"{i}");
            publisher.SendPublish($"t/{i}", $"zero {i}");
        }

        HashSet<string> seen = [];
        foreach (var member in members)
        {
            int count = 0;
            while (member.WaitingCount > 0)
            {
                var message = member.TakeMessage();
                Assert.True(seen.Add(message.Payload), $"{message.Payload} twice");
                count++;
                if (message.PacketIdentifier != 0)
                {
                    member.SendAck(PacketType.PubAck, message.PacketIdentifier);
                }
            }

            Assert.InRange(count, 40, 60);
        }

        Assert.Equal(200, seen.Count);
        Assert.Equal(200, plain.WaitingCount);
    }

    [Theory, InlineData(1), InlineData(4)]
    public void What_a_lost_member_did_not_acknowledge_goes_to_another(int shards)
    {
        var world = World.WithShards(shards);
        var lost = world.Connect("lost");
        lost.Subscribe("$share/g/t", qos: 1);
        var publisher = world.Connect("p");
        for (int i = 0; i < 10; i++)
        {
            publisher.Publish1("t", $"{i}");
        }

        Assert.Equal(10, lost.WaitingCount);
        var other = world.Connect("other");
        other.Subscribe("$share/g/t", qos: 1);
        other.AssertNothing();
        lost.Cut();
        for (int i = 0; i < 10; i++)
        {
            var message = other.TakeMessage();
            Assert.Equal($"{i}", message.Payload);
            Assert.False(message.Dup);
            other.SendAck(PacketType.PubAck, message.PacketIdentifier);
        }

        other.AssertNothing();
    }

    [Fact, Spec("MQTT-4.8.2-4"), Spec("MQTT-4.8.2-5")]
    public void A_qos2_message_of_a_group_stays_with_its_member_and_dies_with_its_session()
    {
        var world = World.WithShards(2);
        var member = world.Connect("m", clean: false, expiry: 10);
        member.Subscribe("$share/g/t", qos: 2);
        var other = world.Connect("other");
        var publisher = world.Connect("p");
        publisher.SendPublish("t", "x", qos: 2, id: 1);
        var message = member.TakeMessage();
        other.Subscribe("$share/g/t", qos: 2);
        member.Cut();
        other.AssertNothing();
        member = world.Connect("m", clean: false, expiry: 10);
        var again = member.TakeMessage();
        Assert.Equal((message.PacketIdentifier, true), (again.PacketIdentifier, again.Dup));
        member.Cut();
        world.Advance(11);
        other.AssertNothing();
    }

    [Fact, Spec("MQTT-4.8.2-6")]
    public void A_message_that_a_member_refuses_goes_to_nobody_else()
    {
        var world = new World();
        var member = world.Connect("m");
        member.Subscribe("$share/g/t", qos: 1);
        var publisher = world.Connect("p");
        publisher.Publish1("t", "x");
        member.SendAck(PacketType.PubAck, member.TakeMessage().PacketIdentifier, ReasonCode.ImplementationSpecificError);
        var other = world.Connect("other");
        other.Subscribe("$share/g/t", qos: 1);
        member.Cut();
        other.AssertNothing();
        Assert.Equal(1, world.Dropped(DropReason.RefusedByClient));
    }

    [Theory]
    [InlineData(SharedGroupStrategy.RoundRobin), InlineData(SharedGroupStrategy.LeastInFlight), InlineData(SharedGroupStrategy.Sticky), InlineData(SharedGroupStrategy.HashByTopic)]
    public void Each_strategy_picks_as_it_says(SharedGroupStrategy strategy)
    {
        var world = new World(new EngineOptions { SharedGroupStrategy = strategy });
        var one = world.Connect("one");
        var two = world.Connect("two");
        one.Subscribe("$share/g/t/#", qos: 1);
        two.Subscribe("$share/g/t/#", qos: 1);
        var publisher = world.Connect("p");
        for (int i = 0; i < 40; i++)
        {
            publisher.Publish1($"t/{i % 8}", $"{i}");
        }

        Assert.Equal(40, one.WaitingCount + two.WaitingCount);
        switch (strategy)
        {
            case SharedGroupStrategy.Sticky:
                Assert.Contains(40, new[] { one.WaitingCount, two.WaitingCount });
                break;
            case SharedGroupStrategy.HashByTopic:
                var topics = Topics(one);
                Assert.Empty(topics.Intersect(Topics(two)));
                Assert.InRange(topics.Count, 1, 7);
                break;
            default:
                Assert.Equal(20, one.WaitingCount);
                break;
        }
    }

    [Fact]
    public void A_group_whose_members_are_offline_keeps_its_queue_for_whoever_comes_first()
    {
        var world = World.WithShards(2);
        var one = world.Connect("one", clean: false, expiry: 100);
        one.Subscribe("$share/g/t", qos: 1);
        one.Cut();
        var publisher = world.Connect("p");
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(ReasonCode.Success, publisher.Publish1("t", $"{i}"));
        }

        var two = world.Connect("two");
        two.Subscribe("$share/g/t", qos: 1);
        Assert.Equal(5, two.WaitingCount);
    }

    [Fact]
    public void A_group_without_members_keeps_its_queue_for_a_while_and_then_ends()
    {
        var world = new World(new EngineOptions { SharedGroupKeepMilliseconds = 5000 });
        var one = world.Connect("one");
        one.Subscribe("$share/g/t", qos: 1);
        var publisher = world.Connect("p");
        publisher.Publish1("t", "x");
        one.Cut();
        world.Advance(4);
        var two = world.Connect("two");
        two.Subscribe("$share/g/t", qos: 1);
        Assert.Equal("x", two.TakeMessage().Payload);
        two.Cut();
        Assert.Equal(ReasonCode.NoMatchingSubscribers, publisher.Publish1("t", "nobody"));
        world.Advance(6);
        Assert.Equal(1, world.Dropped(DropReason.GroupEnded));
        Assert.Equal(0, world.Core.FilterCount);
        var three = world.Connect("three");
        three.Subscribe("$share/g/t", qos: 1);
        three.AssertNothing();
    }

    private static HashSet<string> Topics(Peer peer)
    {
        HashSet<string> topics = [];
        while (peer.WaitingCount > 0)
        {
            topics.Add(peer.TakeMessage().Topic);
        }

        return topics;
    }

    [Fact]
    public void Shared_group_without_workers_keeps_the_newest_messages_up_to_a_limit_of_its_own()
    {
        var world = new World(new EngineOptions { QueuedMessagesMax = 1000, SharedGroupQueuedMessagesMax = 5 });
        world.Connect("w", expiry: 100).Subscribe("$share/g/t");
        world.Connect("w", clean: false, expiry: 100).Cut();
        var publisher = world.Connect("p");
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(ReasonCode.Success, publisher.Publish1("t", $"{i}"));
        }

        var worker = world.Connect("w", clean: false, expiry: 100);
        Assert.Equal(["3", "4", "5", "6", "7"], Enumerable.Range(0, 5).Select(_ => worker.TakeMessage().Payload));
        worker.AssertNothing();
        Assert.Equal(3, world.Dropped(DropReason.QueueFull));
    }

    private static Peer OpenSlow(World world, string id)
    {
        var peer = world.Open();
        peer.SendConnect(id, receiveMaximum: 1);
        peer.Take(PacketType.ConnAck);
        peer.Subscribe("t", qos: 1);
        return peer;
    }
}
