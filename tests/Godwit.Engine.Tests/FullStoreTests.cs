using Godwit.Engine.Durability;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>What clients see while the store has no room for messages.</summary>
public sealed class FullStoreTests
{
    [Theory, InlineData(1), InlineData(3)]
    public void What_needs_the_store_is_refused_with_quota_exceeded_and_all_else_goes_on(int shards)
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(new EngineOptions { Shards = shards }, store);
        var durable = world.Connect("d", clean: false, expiry: 100);
        durable.Subscribe("durable", qos: 2);
        var transient = world.Connect("t");
        transient.Subscribe("plain", qos: 1);
        transient.Subscribe("durable");
        var publisher = world.Connect("p");
        store.Condition = StoreCondition.Full;

        Assert.Equal(ReasonCode.QuotaExceeded, publisher.Publish1("durable", "1"));
        publisher.SendPublish("durable", "2", qos: 2, id: 2);
        Assert.Equal(ReasonCode.QuotaExceeded, publisher.Take(PacketType.PubRec).Reason);
        Assert.Equal(ReasonCode.QuotaExceeded, publisher.Publish1("kept", "3", retain: true));
        durable.AssertNothing();
        transient.AssertNothing();

        publisher.SendPublish("durable", "4");
        Assert.Equal("4", durable.TakeMessage().Payload);
        Assert.Equal("4", transient.TakeMessage().Payload);
        Assert.Equal(ReasonCode.Success, publisher.Publish1("plain", "5"));
        var plain = transient.TakeMessage();
        Assert.Equal(("5", QualityOfService.AtLeastOnce), (plain.Payload, plain.QoS));
        Assert.Equal(ReasonCode.NoMatchingSubscribers, publisher.Publish1("nobody", "6"));

        store.Relieve();
        Assert.Equal(ReasonCode.Success, publisher.Publish1("durable", "7"));
        Assert.Equal("7", durable.TakeMessage().Payload);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, publisher.Publish1("kept", "8", retain: true));
        var late = world.Connect("l");
        late.Subscribe("kept");
        Assert.Equal("8", late.TakeMessage().Payload);
        late.AssertNothing();
    }

    [Theory, InlineData(1), InlineData(3)]
    public void A_3_1_1_client_is_not_answered_and_is_sent_away_when_there_is_room_to_send_again(int shards)
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(new EngineOptions { Shards = shards }, store);
        var durable = world.Connect("d", clean: false, expiry: 100);
        durable.Subscribe("durable", qos: 2);
        var publisher = world.Connect("p", ProtocolVersion.Mqtt311, clean: false);
        var other = world.Connect("o", ProtocolVersion.Mqtt311);
        store.Condition = StoreCondition.Full;
        publisher.SendPublish("durable", "1", qos: 1, id: 1);
        publisher.SendPublish("durable", "2", qos: 2, id: 2);
        publisher.AssertNothing();
        publisher.SendPacket(0xC0, []);
        publisher.Take(PacketType.PingResp);
        Assert.False(publisher.IsClosed);

        store.Relieve();
        world.Settle();
        Assert.True(publisher.IsClosed);
        Assert.False(other.IsClosed);
        var again = world.Connect("p", ProtocolVersion.Mqtt311, clean: false);
        again.SendPublish("durable", "1", qos: 1, id: 1, dup: true);
        again.SendPublish("durable", "2", qos: 2, id: 2, dup: true);
        Assert.Equal(1, again.Take(PacketType.PubAck).PacketIdentifier);
        Assert.Equal(2, again.Take(PacketType.PubRec).PacketIdentifier);
        Assert.Equal(["1", "2"], [durable.TakeMessage().Payload, durable.TakeMessage().Payload]);
        durable.AssertNothing();
    }

    [Theory, InlineData(1), InlineData(2)]
    public void What_a_3_1_1_client_sends_behind_an_unacknowledged_message_does_not_overtake_it_when_there_is_room(int qos)
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(store: store);
        var durable = world.Connect("d", clean: false, expiry: 100);
        durable.Subscribe("durable", qos: 2);
        var publisher = world.Connect("p", ProtocolVersion.Mqtt311, clean: false);
        store.Condition = StoreCondition.Full;
        publisher.SendPublish("durable", "1", qos, id: 1);
        publisher.AssertNothing();

        // The store has room, and its loops have not heard of it.
        store.Condition = StoreCondition.Ready;
        publisher.SendPublish("durable", "2", qos, id: 2);
        publisher.AssertNothing();
        durable.AssertNothing();
        publisher.SendPublish("durable", "at once");
        Assert.Equal("at once", durable.TakeMessage().Payload);

        store.Relieve();
        world.Settle();
        Assert.True(publisher.IsClosed);
        var again = world.Connect("p", ProtocolVersion.Mqtt311, clean: false);
        again.SendPublish("durable", "1", qos, id: 1, dup: true);
        again.SendPublish("durable", "2", qos, id: 2, dup: true);
        var answer = qos == 1 ? PacketType.PubAck : PacketType.PubRec;
        Assert.Equal([1, 2], [again.Take(answer).PacketIdentifier, again.Take(answer).PacketIdentifier]);
        Assert.Equal(["1", "2"], [durable.TakeMessage().Payload, durable.TakeMessage().Payload]);
        durable.AssertNothing();
    }

    [Fact]
    public void Acknowledgements_and_sessions_are_still_written_down()
    {
        var store = new HeldStore { IsHolding = false };
        var world = new World(store: store);
        var subscriber = world.Connect("s", clean: false, expiry: 100);
        subscriber.Subscribe("t", qos: 1);
        Assert.Equal(ReasonCode.Success, world.Connect("p").Publish1("t", "1"));
        var message = subscriber.TakeMessage();
        store.Condition = StoreCondition.Full;
        store.Written.Clear();
        subscriber.SendAck(PacketType.PubAck, message.PacketIdentifier);
        world.Settle();
        Assert.NotEmpty(store.Written);
        var late = world.Connect("late", clean: false, expiry: 100);
        Assert.Equal(1, late.Subscribe("t", qos: 1));
    }
}
