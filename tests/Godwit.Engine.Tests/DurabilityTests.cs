using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>What waits for the store where something survives, and what does not.</summary>
public sealed class DurabilityTests
{
    [Theory, InlineData(1, false), InlineData(2, true)]
    public void Message_to_a_persistent_session_waits_for_its_packet_identifier_at_QoS2_alone(int qos, bool waits)
    {
        var (world, store, subscriber, publisher) = Pair(qos);
        store.IsHolding = true;
        publisher.SendPublish("t", "m", qos, id: 7);
        subscriber.AssertNothing(); // appended, not committed
        store.CommitAll();
        publisher.Take(qos == 1 ? PacketType.PubAck : PacketType.PubRec);
        world.Settle();
        if (waits)
        {
            subscriber.AssertNothing(); // read, its identifier not committed
            store.CommitAll();
        }

        var message = subscriber.TakeMessage();
        Assert.Equal(("m", qos, false), (message.Payload, (int)message.QoS, message.Dup));
    }

    [Fact]
    public void Message_whose_identifier_is_committed_after_its_client_has_left_goes_out_on_the_next_connection()
    {
        var (world, store, subscriber, publisher) = Pair(qos: 2);
        publisher.SendPublish("t", "m", 2, id: 7);
        publisher.Take(PacketType.PubRec);
        publisher.SendAck(PacketType.PubRel, 7);
        publisher.Take(PacketType.PubComp);
        var first = subscriber.TakeMessage();
        store.IsHolding = true;
        publisher.SendPublish("t", "n", 2, id: 8);
        store.CommitAll();
        world.Settle();
        subscriber.Cut();
        store.IsHolding = false;
        store.CommitAll();
        var again = world.Connect("s", clean: false, expiry: 100);
        var resent = again.TakeMessage();
        Assert.Equal((first.PacketIdentifier, true), (resent.PacketIdentifier, resent.Dup));
        Assert.Equal("n", again.TakeMessage().Payload);
        again.AssertNothing();
    }

    [Fact]
    public void PubRel_waits_until_PubRec_is_written_down()
    {
        var (_, store, subscriber, publisher) = Pair(qos: 2);
        publisher.SendPublish("t", "m", 2, id: 7);
        publisher.Take(PacketType.PubRec);
        var message = subscriber.TakeMessage();
        store.IsHolding = true;
        subscriber.SendAck(PacketType.PubRec, message.PacketIdentifier);
        subscriber.AssertNothing();
        store.CommitAll();
        Assert.Equal(message.PacketIdentifier, subscriber.Take(PacketType.PubRel).PacketIdentifier);
    }

    [Fact]
    public void Retained_message_at_QoS0_is_written_a_second_later_and_once_for_many()
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(store: store);
        var publisher = world.Connect("p");
        store.Written.Clear();
        for (int i = 0; i < 5; i++)
        {
            publisher.SendPublish("t", $"{i}", retain: true);
            world.Advance(0.1);
        }

        Assert.DoesNotContain(StoreOperationKind.RetainedSync, store.Written);
        world.Advance(1);
        Assert.Single(store.Written, StoreOperationKind.RetainedSync);
        var changes = new List<RetainedChange>();
        ((ICommitSink)world.Core).TakeRetainedChanges(changes);
        Assert.Equal("4", System.Text.Encoding.UTF8.GetString(Assert.Single(changes).Message!.Payload));
    }

    [Fact]
    public void Progress_of_a_session_is_written_once_per_turn_whatever_happened_in_it()
    {
        var (world, store, subscriber, publisher) = Pair(qos: 1);
        for (ushort i = 1; i <= 20; i++)
        {
            publisher.SendPublish("t", $"{i}", 1, i);
        }

        world.Settle();
        var identifiers = Enumerable.Range(0, 20).Select(_ => subscriber.TakeMessage().PacketIdentifier).ToList();
        store.Written.Clear();
        subscriber.Send([.. identifiers.SelectMany(id => new byte[] { 0x40, 2, (byte)(id >> 8), (byte)id })]);
        world.Settle();
        Assert.Single(store.Written, StoreOperationKind.ProgressPut);
    }

    [Fact]
    public void Publisher_is_read_more_slowly_while_the_store_has_too_much_to_commit()
    {
        var (world, store, _, publisher) = Pair(qos: 1);
        store.Condition = StoreCondition.Busy;
        publisher.SendPublish("t", "1", 1, 1);
        world.Settle();
        Assert.True(publisher.Connection.ReadPaused);
        Assert.Equal(PacketType.PubAck, publisher.Take(PacketType.PubAck).Type); // what was taken is acknowledged
        world.Advance(0.1);
        Assert.True(publisher.Connection.ReadPaused);
        store.Condition = StoreCondition.Ready;
        world.Advance(0.1);
        Assert.False(publisher.Connection.ReadPaused);
    }

    [Fact]
    public void QoS0_is_not_slowed_by_a_busy_store()
    {
        var (world, store, _, publisher) = Pair(qos: 1);
        store.Condition = StoreCondition.Busy;
        publisher.SendPublish("t", "1");
        world.Settle();
        Assert.False(publisher.Connection.ReadPaused);
    }

    private static (World World, HeldStore Store, Peer Subscriber, Peer Publisher) Pair(int qos)
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(store: store);
        var subscriber = world.Connect("s", expiry: 100);
        subscriber.Subscribe("t", (byte)qos);
        return (world, store, subscriber, world.Connect("p"));
    }
}
