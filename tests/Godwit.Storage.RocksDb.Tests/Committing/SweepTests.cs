using System.Collections.Concurrent;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Storage.RocksDb.Committing;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Committing;

/// <summary>Messages that expire or grow too old while nobody reads them leave the disk, in slices, and only those.</summary>
public sealed class SweepTests
{
    [Theory, InlineData(JournalKind.Filter), InlineData(JournalKind.Group), InlineData(JournalKind.Session), InlineData(JournalKind.SessionLatest)]
    public void What_has_waited_for_too_long_leaves_the_disk(JournalKind kind)
    {
        using var ledger = new Ledger(tailBytesMax: 0);
        var journal = ledger.OpenJournal(kind: kind, ageMax: 10_000);
        ledger.Commit(ledger.AppendTo(journal, "a", "0"), ledger.AppendTo(journal, "b", "1"));
        ledger.Advance(6_000);
        ledger.Commit(ledger.AppendTo(journal, "c", "2"));
        Assert.Equal(ledger.Clock.NowValue + 4_000, ledger.Committer.NextSweepAt);
        ledger.Advance(3_999);
        ledger.Commit();
        Assert.Contains(0, ledger.Starts(journal));
        ledger.Advance(1);
        ledger.Commit();
        Assert.Equal([2], ledger.Starts(journal));
        Assert.Equal(ledger.Clock.NowValue + 6_000, ledger.Committer.NextSweepAt);
        ledger.Advance(6_000);
        ledger.Commit();
        Assert.Empty(ledger.Starts(journal));
        Assert.Equal(long.MaxValue, ledger.Committer.NextSweepAt);
        if (kind != JournalKind.SessionLatest)
        {
            Assert.Equal((3L, 3L), (journal.First, journal.Horizon));
            Assert.Equal(new GivenUpCount(0, 0, 3), journal.CountGivenUp(0, 3));
        }

        ledger.Commit(ledger.AppendTo(journal, "d", "3"));
        Assert.Equal([3], ledger.Starts(journal));
    }

    [Fact]
    public void What_has_expired_leaves_up_to_the_first_that_has_not()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal();
        long now = ledger.Clock.NowValue;
        ledger.Commit(Expiring(ledger, journal, "0", now + 2_000), Expiring(ledger, journal, "1", now + 3_000), Expiring(ledger, journal, "2", now + 9_000));
        ledger.Commit(Expiring(ledger, journal, "3", now + 1_000));
        ledger.Advance(3_500);
        ledger.Commit();
        Assert.Equal((2L, new GivenUpCount(0, 2, 0)), (journal.First, journal.CountGivenUp(0, 2)));
        Assert.Equal([0, 3], ledger.Starts(journal)); // an entry leaves as a whole
        Assert.Equal(now + 9_000, ledger.Committer.NextSweepAt);
        ledger.Advance(5_500);
        ledger.Commit();
        Assert.Equal((4L, new GivenUpCount(0, 4, 0)), (journal.First, journal.CountGivenUp(0, 4)));
        Assert.Empty(ledger.Starts(journal));
    }

    [Fact]
    public void A_message_that_stays_keeps_those_behind_it_and_costs_nothing_until_it_goes()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal();
        long now = ledger.Clock.NowValue;
        ledger.CommitAppend(journal, "stays");
        ledger.Commit(Expiring(ledger, journal, "1", now + 2_000));
        ledger.Advance(3_000);
        ledger.Commit();
        Assert.Equal((0L, long.MaxValue), (journal.First, ledger.Committer.NextSweepAt));
        ledger.Trim(journal, 1);
        Assert.Equal(ledger.Clock.NowValue + 1_000, ledger.Committer.NextSweepAt);
        ledger.Advance(1_000);
        ledger.Commit();
        Assert.Equal(2, journal.First);
    }

    [Fact]
    public void A_long_queue_leaves_in_slices_and_by_ranges()
    {
        using var ledger = new Ledger(tailBytesMax: 0);
        var journal = ledger.OpenJournal(ageMax: 10_000);
        for (int i = 0; i < 5_000; i++)
        {
            ledger.CommitAppend(journal, "x");
        }

        ledger.Advance(10_000);
        ledger.Commit();
        Assert.InRange(journal.First, 1_000, 4_000);
        Assert.InRange(ledger.Starts(journal).Count, 1_000, 5_000 - journal.First + 1_024);
        int slices = 1;
        for (; ledger.Committer.NextSweepAt <= ledger.Clock.NowValue; slices++)
        {
            ledger.Commit();
        }

        Assert.InRange(slices, 2, 6);
        Assert.Equal(5_000, journal.First);
        Assert.Empty(ledger.Starts(journal));
        Assert.True(ledger.Committer.TakeRemovedBytes() > 0);
    }

    [Fact]
    public void Many_queues_are_looked_at_in_slices()
    {
        using var ledger = new Ledger(tailBytesMax: 0);
        var journals = Enumerable.Range(0, 2_000).Select(_ => ledger.OpenJournal(ageMax: 10_000)).ToList();
        ledger.Commit([.. journals.Select(journal => ledger.Append(journal, "x"))]);
        ledger.Advance(10_000);
        ledger.Commit();
        Assert.InRange(journals.Count(journal => journal.First == 0), 1, 1_999);
        for (int i = 0; i < 10; i++)
        {
            ledger.Commit();
        }

        Assert.All(journals, journal => Assert.Equal(1, journal.First));
        Assert.Equal(0, ledger.Count(Table.Entries));
    }

    [Fact]
    public void A_clock_that_is_set_makes_nothing_older_within_a_run()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal(ageMax: 10_000);
        ledger.CommitAppend(journal, "0");
        ledger.Clock.TimeOfDayValue += (long)TimeSpan.FromDays(20_000).TotalMilliseconds;
        ledger.Advance(5_000);
        ledger.CommitAppend(journal, "1");
        ledger.Clock.TimeOfDayValue -= 3_600_000;
        ledger.Advance(4_999);
        ledger.Commit();
        Assert.Equal(0, journal.First);
        ledger.Advance(1);
        ledger.Commit();
        Assert.Equal(1, journal.First);
        ledger.Advance(5_000);
        ledger.Commit();
        Assert.Equal(2, journal.First);
    }

    [Fact]
    public void Messages_grow_older_while_the_broker_does_not_run_and_leave_with_its_start()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal(ageMax: 10_000);
        ledger.CommitAppend(journal, "0", "1");
        ledger.Advance(4_000);
        ledger.CommitAppend(journal, "2");
        ledger.Clock.TimeOfDayValue += 7_000;
        var restored = ledger.Restart(ageMax: 10_000)[journal.Id];
        Assert.Equal((0L, 3L, long.MinValue), (restored.First, restored.Horizon, ledger.Committer.NextSweepAt));
        ledger.Commit();
        Assert.Equal((2L, ledger.Clock.NowValue + 3_000), (restored.First, ledger.Committer.NextSweepAt));
    }

    [Fact]
    public void A_queue_that_was_given_up_whole_goes_on_where_it_was_after_a_restart()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal(ageMax: 10_000);
        ledger.CommitAppend(journal, "0", "1", "2");
        ledger.Advance(10_000);
        ledger.Commit();
        Assert.Empty(ledger.Starts(journal));
        var restored = ledger.Restart(ageMax: 10_000)[journal.Id];
        Assert.Equal((3L, 3L), (restored.First, restored.Horizon));
        Assert.Equal(3, ledger.CommitAppend(restored, "3"));
        Assert.Equal(["3"], ledger.ReadFrom(restored, 3));
    }

    [Fact]
    public void What_waits_in_all_queues_is_counted_and_known_after_a_restart()
    {
        var totals = new QueueTotals(long.MaxValue, long.MaxValue);
        using var ledger = new Ledger(tailBytesMax: 0, totals: totals);
        var journal = ledger.OpenJournal();
        var other = ledger.OpenJournal(messagesMax: 2);
        var latest = ledger.OpenJournal(kind: JournalKind.SessionLatest);
        ledger.CommitAppend(journal, "1", "22", "333");
        ledger.CommitAppend(other, "1");
        ledger.CommitAppend(other, "1");
        ledger.CommitAppend(other, "1");
        ledger.Commit(ledger.AppendTo(latest, "a", "1"), ledger.AppendTo(latest, "a", "1"), ledger.AppendTo(latest, "b", "1"));
        Assert.Equal((3L + 2 + 2, 9L + 4 + 4), (totals.Messages, totals.Bytes));

        totals = new QueueTotals(6, long.MaxValue);
        var restored = ledger.Restart(totals: totals);
        Assert.Equal((3L + 2 + 2, 9L + 4 + 4), (totals.Messages, totals.Bytes));
        Assert.Equal((true, true, false), (totals.Look(), totals.IsFull, totals.Look()));
        ledger.Trim(restored[journal.Id], 1);
        Assert.Equal((6L, true), (totals.Messages, !totals.Look() && totals.IsFull));
        ledger.Commit(new StoreOperation { Kind = StoreOperationKind.JournalEnd, Journal = restored[latest.Id] });
        ledger.Trim(restored[journal.Id], 3);
        Assert.Equal((2L, 4L), (totals.Messages, totals.Bytes));
        Assert.Equal((true, false), (totals.Look(), totals.IsFull));
        ledger.Commit(new StoreOperation { Kind = StoreOperationKind.JournalEnd, Journal = restored[other.Id] });
        Assert.Equal((0L, 0L), (totals.Messages, totals.Bytes));
    }

    [Fact]
    public void The_thread_gives_up_what_falls_due_without_being_asked_and_says_when_all_queues_are_full()
    {
        var totals = new QueueTotals(2, long.MaxValue);
        using var ledger = new Ledger(totals: totals);
        using var reclaimer = new SpaceReclaimer(() => { }, ledger.Sink.Failed);
        var reports = new ConcurrentQueue<StoreEvent>();
        var journal = ledger.OpenJournal(ageMax: 10_000);
        var thread = new CommitThread(
            ledger.Committer, ledger.Sink, ledger.Pool, new SpaceWatch(() => long.MaxValue, 1), reclaimer, 1 << 20, reports.Enqueue, totals);
        thread.Start();
        thread.Submit(ledger.Batch(ledger.Append(journal, "1"), ledger.Append(journal, "2")));
        Wait(() => !reports.IsEmpty);
        Assert.True(totals.IsFull);
        ledger.Advance(9_900); // a tenth of a second is left, and the thread sees the clock when it wakes
        thread.Submit(ledger.Batch(new StoreOperation { Kind = StoreOperationKind.Trim, Journal = journal, Index = 0 }));
        ledger.Advance(100);
        Wait(() => journal.First == 2 && reports.Count == 2);
        thread.Dispose();
        Assert.Equal([StoreEventKind.QueuesFull, StoreEventKind.QueuesHaveRoom], reports.Select(report => report.Kind));
        Assert.Equal((false, 1), (totals.IsFull, ledger.Sink.ReliefCount));
        Assert.Empty(ledger.Sink.Failures);
        Assert.Equal(0, ledger.Count(Table.Entries));
    }

    [Fact]
    public void The_head_of_an_emptied_queue_is_frozen()
    {
        var record = new RecordBuffer();
        JournalHead.WriteEmptied(record, JournalKind.Group, "f/#"u8, 300);
        Assert.Equal("020203662f23ac02", Convert.ToHexStringLower(record.Span));
        Assert.Equal(JournalKind.Group, JournalHead.Read(record.Span, out var key, out long nextIndex));
        Assert.Equal(("f/#", 300L), (System.Text.Encoding.UTF8.GetString(key), nextIndex));
    }

    private static StoreOperation Expiring(Ledger ledger, Journal journal, string payload, long expiresAt) =>
        new() { Kind = StoreOperationKind.Append, Journal = journal, Message = ledger.Message(payload, expiresAt) };

    private static void Wait(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)));
}
