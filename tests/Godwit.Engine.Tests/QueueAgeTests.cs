using Godwit.Engine.Journals;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>How long messages wait in queues, what is given up while nobody reads it, and how much may wait in all.</summary>
public sealed class QueueAgeTests
{
    private static readonly EngineOptions TenSeconds = new() { QueuedAgeSecondsMax = 10, SharedGroupQueuedAgeSecondsMax = 10 };

    [Theory, InlineData(1, QueueOverflow.DropOldest), InlineData(3, QueueOverflow.DropOldest), InlineData(1, QueueOverflow.DropNewest), InlineData(1, QueueOverflow.KeepLatest), InlineData(1, QueueOverflow.Disconnect)]
    public void What_has_waited_for_too_long_is_given_up_and_counted_as_such(int shards, QueueOverflow overflow)
    {
        var totals = new QueueTotals(long.MaxValue, long.MaxValue);
        var world = new World(TenSeconds with { Shards = shards, QueueOverflow = overflow }, new MemoryStore(totals));
        var subscriber = Away(world, "s", "t/#");
        var publisher = world.Connect("p");
        publisher.Publish1("t/0", "old");
        publisher.Publish1("t/1", "old");
        world.Advance(8);
        publisher.Publish1("t/2", "young");
        Assert.Equal(3, totals.Messages);
        world.Advance(4);
        Assert.Equal((1, 3 + 5), (totals.Messages, totals.Bytes));
        subscriber = world.Connect("s", clean: false, expiry: 1000);
        Assert.Equal("young", subscriber.TakeMessage().Payload);
        subscriber.AssertNothing();
        Assert.False(subscriber.IsClosed);
        Assert.Equal((2L, 0L, 0L), (world.Dropped(DropReason.TooOld), world.Dropped(DropReason.QueueFull), world.Dropped(DropReason.Expired)));
    }

    [Fact]
    public void Without_a_limit_messages_wait_for_as_long_as_their_session()
    {
        var world = new World();
        Away(world, "s", "t");
        world.Connect("p").Publish1("t", "1");
        world.Advance(900);
        Assert.Equal("1", world.Connect("s", clean: false, expiry: 1000).TakeMessage().Payload);
    }

    [Theory, InlineData(1), InlineData(2)]
    public void What_has_expired_leaves_the_queue_without_its_session(int shards)
    {
        var totals = new QueueTotals(long.MaxValue, long.MaxValue);
        var world = new World(new EngineOptions { Shards = shards }, new MemoryStore(totals));
        Away(world, "s", "t");
        var publisher = world.Connect("p");
        publisher.Publish1("t", "kept until the session takes it");
        Expiring(publisher, 5, "1");
        Expiring(publisher, 7, "2");
        Expiring(publisher, 60, "3");
        world.Advance(30);
        Assert.Equal(4, totals.Messages); // the first one is in the way

        var subscriber = world.Connect("s", clean: false, expiry: 1000);
        Assert.Equal("kept until the session takes it", subscriber.TakeMessage().Payload);
        Assert.Equal("3", subscriber.TakeMessage().Payload);
        Assert.Equal(2, world.Dropped(DropReason.Expired));
        subscriber.Cut();
        Expiring(publisher, 5, "4");
        Expiring(publisher, 5, "5");
        world.Advance(7);
        Assert.Equal(0, totals.Messages);
        subscriber = world.Connect("s", clean: false, expiry: 1000);
        Assert.Equal((4L, 0L), (world.Dropped(DropReason.Expired), world.Dropped(DropReason.TooOld)));
    }

    [Fact]
    public void Behind_a_message_that_was_in_the_way_what_has_expired_goes_as_soon_as_it_has_gone()
    {
        var totals = new QueueTotals(long.MaxValue, long.MaxValue);
        var world = new World(TenSeconds, new MemoryStore(totals));
        Away(world, "s", "t");
        var publisher = world.Connect("p");
        publisher.Publish1("t", "in the way");
        world.Advance(5);
        Expiring(publisher, 1, "1");
        Expiring(publisher, 60, "2");
        world.Advance(4);
        Assert.Equal(3, totals.Messages);
        world.Advance(3);
        Assert.Equal(1, totals.Messages);
        Assert.Equal("2", world.Connect("s", clean: false, expiry: 1000).TakeMessage().Payload);
        Assert.Equal((1L, 1L), (world.Dropped(DropReason.TooOld), world.Dropped(DropReason.Expired)));
    }

    [Fact]
    public void A_long_queue_is_given_up_in_slices()
    {
        var totals = new QueueTotals(long.MaxValue, long.MaxValue);
        var store = new MemoryStore(totals);
        var world = new World(TenSeconds, store);
        Away(world, "s", "t");
        var publisher = world.Connect("p");
        for (int i = 0; i < 9000; i++)
        {
            publisher.Publish1("t", "x");
        }

        long now = world.Now + 20_000;
        store.Sweep(now);
        Assert.InRange(totals.Messages, 4000, 8999);
        Assert.True(store.NextSweepAt <= now);
        store.Sweep(now);
        store.Sweep(now);
        Assert.Equal((0L, long.MaxValue), (totals.Messages, store.NextSweepAt));
    }

    [Theory, InlineData(1), InlineData(3)]
    public void A_shared_group_gives_up_what_has_waited_for_too_long(int shards)
    {
        var totals = new QueueTotals(long.MaxValue, long.MaxValue);
        var world = new World(TenSeconds with { Shards = shards }, new MemoryStore(totals));
        Away(world, "s", "$share/g/t");
        var publisher = world.Connect("p");
        publisher.Publish1("t", "1");
        publisher.Publish1("t", "2");
        world.Advance(8);
        publisher.Publish1("t", "3");
        world.Advance(4);
        Assert.Equal(1, totals.Messages);
        var subscriber = world.Connect("s", clean: false, expiry: 1000);
        Assert.Equal("3", subscriber.TakeMessage().Payload);
        Assert.Equal((2L, 0L), (world.Dropped(DropReason.TooOld), world.Dropped(DropReason.QueueFull)));
    }

    [Fact]
    public void A_transient_session_that_lags_loses_what_has_waited_for_too_long_and_no_more()
    {
        var world = new World(TenSeconds with { OutboundInflightMaximum = 1 });
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t", qos: 1);
        var publisher = world.Connect("p");
        publisher.Publish1("t", "sent");
        publisher.Publish1("t", "old");
        world.Advance(8);
        publisher.Publish1("t", "young");
        world.Advance(4);
        var first = subscriber.TakeMessage();
        Assert.Equal("sent", first.Payload);
        subscriber.SendAck(PacketType.PubAck, first.PacketIdentifier);
        Assert.Equal("young", subscriber.TakeMessage().Payload);
        Assert.Equal((1L, 0L), (world.Dropped(DropReason.TooOld), world.Dropped(DropReason.QueueFull)));
    }

    [Fact]
    public void A_session_that_ends_leaves_no_drop_uncounted()
    {
        var world = new World(TenSeconds with { QueuedMessagesMax = 4 });
        Away(world, "s", "t");
        var publisher = world.Connect("p");
        for (int i = 0; i < 6; i++)
        {
            publisher.Publish1("t", $"{i}");
        }

        world.Advance(12);
        publisher.Publish1("t", "6");
        world.Connect("s", clean: true);
        Assert.Equal((2L, 4L, 1L), (world.Dropped(DropReason.QueueFull), world.Dropped(DropReason.TooOld), world.Dropped(DropReason.SessionEnded)));
    }

    [Theory, InlineData(1), InlineData(3)]
    public void When_too_much_waits_in_all_queues_publishes_are_refused_until_an_eighth_is_free(int shards)
    {
        List<bool> reports = [];
        var totals = new QueueTotals(8, long.MaxValue);
        var world = new World(new EngineOptions { Shards = shards }, new MemoryStore(totals, told => reports.Add(told.IsFull)));
        Away(world, "a", "t/a");
        Away(world, "b", "t/#");
        var publisher = world.Connect("p");
        var old = world.Connect("old", ProtocolVersion.Mqtt311);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(ReasonCode.Success, publisher.Publish1("t/a", $"{i}"));
        }

        Assert.Equal(ReasonCode.QuotaExceeded, publisher.Publish1("t/a", "refused"));
        old.SendPublish("t/a", "refused", qos: 1, id: 1);
        old.AssertNothing();
        publisher.SendPublish("t/a", "QoS 0");
        Assert.Equal((true, "Limits:AllQueuesMessagesMax"), (totals.IsFull, totals.Describe().Split("and ")[1].Split(' ')[0]));

        var reader = world.Connect("a", clean: false, expiry: 1000);
        for (int i = 0; i < 4; i++)
        {
            reader.SendAck(PacketType.PubAck, reader.TakeMessage().PacketIdentifier);
        }

        world.Settle();
        Assert.Equal((4L, false), (totals.Messages, totals.IsFull));
        Assert.Equal([true, false], reports);
        Assert.True(old.IsClosed);
        Assert.Equal(ReasonCode.Success, publisher.Publish1("t/a", "taken"));
    }

    [Fact]
    public void Bytes_of_all_queues_together_are_limited_and_go_with_the_sessions()
    {
        var totals = new QueueTotals(long.MaxValue, 100);
        var world = new World(store: new MemoryStore(totals));
        Away(world, "a", "t");
        var publisher = world.Connect("p");
        Assert.Equal(ReasonCode.Success, publisher.Publish1("t", new string('x', 99)));
        Assert.Equal(ReasonCode.QuotaExceeded, publisher.Publish1("t", "refused"));
        Assert.Contains("Limits:AllQueuesBytesMax is 100", totals.Describe(), StringComparison.Ordinal);
        world.Connect("a", clean: true);
        Assert.Equal((0L, 0L, false), (totals.Messages, totals.Bytes, totals.IsFull));
        Away(world, "a", "t");
        Assert.Equal(ReasonCode.Success, publisher.Publish1("t", "taken"));
    }

    [Fact]
    public void Counts_of_many_spans_are_right_for_whoever_stands_before_them()
    {
        var journal = new Journal(JournalKind.Filter, 1, "t"u8, new JournalLimits(10, 10, RejectsNewest: false)) { Horizon = 1000 };
        for (int i = 0; i < 100; i++)
        {
            journal.NoteGivenUp(journal.First + 2, DropReason.TooOld);
            journal.First += 2;
            journal.NoteGivenUp(journal.First + 1, DropReason.Expired);
            journal.First += 1;
            journal.First += 1; // for lack of room
        }

        Assert.Equal(new GivenUpCount(100, 100, 200), journal.CountGivenUp(0, 400));
        Assert.Equal(new GivenUpCount(1, 1, 2), journal.CountGivenUp(396, 400));
        var within = journal.CountGivenUp(101, 400);
        Assert.Equal(299, within.QueueFull + within.Expired + within.TooOld);
        journal.ForgetGivenUp(400);
        Assert.Equal(new GivenUpCount(400, 0, 0), journal.CountGivenUp(0, 400));
    }

    private static Peer Away(World world, string id, string filter)
    {
        var subscriber = world.Connect(id, clean: false, expiry: 1000);
        subscriber.Subscribe(filter, qos: 1);
        subscriber.Cut();
        return subscriber;
    }

    private static void Expiring(Peer publisher, uint seconds, string payload)
    {
        publisher.SendPublish("t", payload, qos: 1, id: 9, properties: [0x02, 0, 0, 0, (byte)seconds]);
        Assert.Equal(ReasonCode.Success, publisher.Take(PacketType.PubAck).Reason);
    }
}
