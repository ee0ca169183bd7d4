using Godwit.Engine.Journals;
using Godwit.Storage.RocksDb.Committing;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Committing;

/// <summary>Limits of journals, and what is left of them on disk.</summary>
public sealed class JournalWriterTests
{
    private static readonly string[] Ten = [.. Enumerable.Range(0, 10).Select(i => $"{i}")];

    [Fact]
    public void One_commit_writes_one_entry_however_much_it_appends()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal();
        ledger.CommitAppend(journal, Ten);
        Assert.Equal([0], ledger.Starts(journal));
        Assert.Equal(Ten, ledger.ReadFrom(journal, 0));
        Assert.Equal(Ten[4..7], ledger.ReadFrom(journal, 4, 3));
    }

    [Fact]
    public void Drop_oldest_keeps_the_newest_by_count()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal(messagesMax: 4);
        foreach (string each in Ten)
        {
            ledger.CommitAppend(journal, each);
        }

        Assert.Equal((6L, 10L), (journal.First, journal.Horizon));
        Assert.Equal([6, 7, 8, 9], ledger.Starts(journal));
    }

    [Fact]
    public void Drop_oldest_keeps_the_newest_by_bytes_and_a_message_above_the_limit_alone()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal(bytesMax: 8); // a topic of one byte, a payload of one
        foreach (string each in Ten)
        {
            ledger.CommitAppend(journal, each);
        }

        Assert.Equal((6L, 10L), (journal.First, journal.Horizon));
        ledger.CommitAppend(journal, new string('x', 100));
        Assert.Equal((10L, 11L), (journal.First, journal.Horizon));
        Assert.Equal([10], ledger.Starts(journal));
    }

    [Fact]
    public void Drop_newest_rejects_what_has_no_room_and_takes_again_behind_a_trim()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal(messagesMax: 3, rejectsNewest: true);
        Assert.Equal(2, ledger.CommitAppend(journal, "0", "1", "2"));
        Assert.Equal(StoreOperation.Rejected, ledger.CommitAppend(journal, "3"));
        ledger.Trim(journal, 1);
        Assert.Equal(3, ledger.CommitAppend(journal, "4"));
        Assert.Equal(["1", "2", "4"], ledger.ReadFrom(journal, 1));
    }

    [Fact]
    public void Latest_of_each_topic_alone_is_on_disk()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal(kind: JournalKind.SessionLatest);
        ledger.Commit(ledger.AppendTo(journal, "a", "a1"), ledger.AppendTo(journal, "b", "b1"), ledger.AppendTo(journal, "a", "a2"));
        ledger.Commit(ledger.AppendTo(journal, "c", "c1"));
        ledger.Commit(ledger.AppendTo(journal, "b", "b2"));

        Assert.Equal([2, 3, 4], ledger.Starts(journal));
        Assert.Equal(
            [ReadStatus.Superseded, ReadStatus.Superseded, ReadStatus.Ready, ReadStatus.Ready, ReadStatus.Ready, ReadStatus.AtHorizon],
            Enumerable.Range(0, 6).Select(index => ((JournalState)journal.StoreState!).TryRead(index, shard: 0, out _, out _)));
        Assert.Equal(["a2", "c1", "b2"], ledger.ReadFrom(journal, 2));

        ledger.Trim(journal, 4);
        Assert.Equal([4], ledger.Starts(journal));
        ledger.Commit(new StoreOperation { Kind = StoreOperationKind.JournalEnd, Journal = journal });
        Assert.Equal((0, 0), (ledger.Count(Table.Entries), ledger.Count(Table.Journals)));
    }

    [Fact]
    public void Latest_messages_within_the_limits_are_those_published_last()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal(messagesMax: 2, bytesMax: 100, kind: JournalKind.SessionLatest);
        ledger.Commit(ledger.AppendTo(journal, "a", "1"), ledger.AppendTo(journal, "b", "2"), ledger.AppendTo(journal, "a", "3"), ledger.AppendTo(journal, "c", "4"));
        Assert.Equal(["3", "4"], ledger.ReadFrom(journal, 2));

        ledger.Commit(ledger.AppendTo(journal, "d", new string('d', 200)));
        Assert.Equal([4], ledger.Starts(journal));
        Assert.Equal(201, journal.Latest!.Bytes);
    }

    [Fact]
    public void Latest_messages_are_known_again_after_a_restart()
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal(kind: JournalKind.SessionLatest);
        ledger.Commit(ledger.AppendTo(journal, "a", "a1"), ledger.AppendTo(journal, "b", "b1"), ledger.AppendTo(journal, "c", "c1"), ledger.AppendTo(journal, "b", "b2"));

        var latest = new LatestRecords(new JournalLimits(int.MaxValue, long.MaxValue, RejectsNewest: false), seed: 1);
        List<long> gone = [];
        ledger.Reader.VisitRecords(journal.Id, (index, topic, size) => latest.Add(index, topic, size, gone));

        Assert.Empty(gone);
        Assert.Equal((3, journal.Latest!.Bytes), (latest.Count, latest.Bytes));
        Assert.Equal((0, 2, 3, long.MaxValue), (latest.NextFrom(0), latest.NextFrom(1), latest.NextFrom(3), latest.NextFrom(4)));
        Assert.Equal((false, true), (latest.Contains(1), latest.Contains(2)));
    }

    [Fact]
    public void Large_payload_of_a_publish_into_several_queues_is_written_once_and_goes_with_the_last_of_its_records()
    {
        using var ledger = new Ledger(tailBytesMax: 0, sharedBytesMin: 10);
        Journal[] journals = [ledger.OpenJournal(), ledger.OpenJournal(), ledger.OpenJournal(kind: JournalKind.SessionLatest)];
        var message = ledger.Message("a payload of some length");
        ledger.Commit([.. journals.Select((journal, place) => new StoreOperation
        {
            Kind = StoreOperationKind.Append,
            Journal = journal,
            Message = message,
            ContinuesPublish = place > 0,
        })]);
        ledger.CommitAppend(journals[0], "alone, though as long as the other");

        Assert.Equal(1, ledger.Count(Table.Payloads));
        Assert.All(journals, journal => Assert.Equal("a payload of some length", ledger.ReadFrom(journal, 0)[0]));
        Assert.Equal("alone, though as long as the other", ledger.ReadFrom(journals[0], 1)[0]);

        ledger.Trim(journals[0], 1);
        ledger.Commit(new StoreOperation { Kind = StoreOperationKind.JournalEnd, Journal = journals[1] });
        Assert.Equal(1, ledger.Count(Table.Payloads));
        ledger.Commit(ledger.AppendTo(journals[2], "t", "later"));
        Assert.Equal(0, ledger.Count(Table.Payloads));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void Payload_that_is_small_or_of_one_queue_stays_in_its_record(int queues, bool isLarge)
    {
        using var ledger = new Ledger(sharedBytesMin: 10);
        var message = ledger.Message(isLarge ? "a payload of some length" : "small");
        ledger.Commit([.. Enumerable.Range(0, queues).Select(place => new StoreOperation
        {
            Kind = StoreOperationKind.Append,
            Journal = ledger.OpenJournal(),
            Message = message,
            ContinuesPublish = place > 0,
        })]);
        Assert.Equal(isLarge ? 1 : 0, ledger.Count(Table.Payloads));
    }

    [Theory, InlineData(10), InlineData(200)]
    public void Journal_that_is_read_leaves_no_entries_behind_whether_it_was_short_or_long(int commits)
    {
        using var ledger = new Ledger();
        var journal = ledger.OpenJournal();
        for (int i = 0; i < commits; i++)
        {
            ledger.CommitAppend(journal, $"{i}");
        }

        Assert.Equal(commits, ledger.Starts(journal).Count);
        ledger.Trim(journal, commits);
        Assert.Empty(ledger.Starts(journal));
        ledger.CommitAppend(journal, "next");
        Assert.Equal(["next"], ledger.ReadFrom(journal, commits));
        ledger.Commit(new StoreOperation { Kind = StoreOperationKind.JournalEnd, Journal = journal });
        Assert.Equal((0, 0), (ledger.Count(Table.Entries), ledger.Count(Table.Journals)));
        Assert.Equal(StoreOperation.NobodyReads, ledger.CommitAppend(journal, "late"));
    }

    [Fact]
    public void Group_remembers_what_it_is_done_with_out_of_turn()
    {
        var set = new SettledSet(5);
        set.Settle(7);
        set.Settle(4);
        Assert.Equal((5L, true), (set.LowWater, set.IsDirty));
        Assert.Equal([7], set.Above);
        set.Settle(5);
        set.Settle(6);
        Assert.Equal(8, set.LowWater);
        Assert.Empty(set.Above);
        set.Settle(10);
        set.Settle(12);
        set.RaiseTo(10);
        Assert.Equal(11, set.LowWater);
        Assert.Equal([12], set.Above);
    }

    [Fact]
    public void Latest_messages_stay_in_memory_within_the_budget_of_all_journals()
    {
        using var ledger = new Ledger(tailBytesMax: 3 * 1200);
        var first = ledger.OpenJournal();
        var second = ledger.OpenJournal();
        ledger.CommitAppend(first, new string('a', 1000), new string('b', 1000));
        ledger.CommitAppend(second, new string('c', 1000), new string('d', 1000));
        var (oldest, newest) = ((JournalState)first.StoreState!, (JournalState)second.StoreState!);
        Assert.Equal(0, oldest.TailSize);
        Assert.False(oldest.TryFind(1, out _));
        Assert.True(newest.TryFind(1, out _));
        Assert.Equal(2, ledger.ReadFrom(first, 0).Length);
    }
}
