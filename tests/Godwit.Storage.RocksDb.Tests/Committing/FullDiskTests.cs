using System.Collections.Concurrent;
using Godwit.Storage.RocksDb.Committing;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Committing;

/// <summary>The committing thread on a disk that has no room.</summary>
public sealed class FullDiskTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void What_finds_no_room_is_written_once_there_is_some_and_nothing_is_acknowledged_before()
    {
        using var ledger = new Ledger();
        using var reclaimer = new SpaceReclaimer(() => { }, ledger.Sink.Failed);
        var reports = new ConcurrentQueue<StoreEvent>();
        var space = new SpaceWatch(() => long.MaxValue, 1);
        var journal = ledger.OpenJournal();
        ledger.Disk.Refusal = StoreFault.NoSpace;
        var thread = new CommitThread(ledger.Committer, ledger.Sink, ledger.Pool, space, reclaimer, 1 << 20, reports.Enqueue);
        thread.Start();
        var first = ledger.Batch(ledger.Append(journal, "1"));
        thread.Submit(first);
        Wait(() => space.IsFull && !reports.IsEmpty);
        var second = ledger.Batch(ledger.Append(journal, "2"));
        thread.Submit(second);
        Assert.Equal((StoreEventKind.NoSpace, 0L), (Assert.Single(reports).Kind, journal.Horizon));
        Assert.Empty(ledger.Sink.CommittedBatches);

        ledger.Disk.Refusal = null;
        Wait(() => ledger.Sink.CommittedBatches.Count == 2);
        thread.Dispose();
        Assert.Equal([first, second], ledger.Sink.CommittedBatches);
        Assert.Equal(["1", "2"], ledger.ReadFrom(journal, 0));
        Assert.Equal((2L, false, 1), (journal.Horizon, space.IsFull, ledger.Sink.ReliefCount));
        Assert.Equal([StoreEventKind.NoSpace, StoreEventKind.HasRoom], reports.Select(report => report.Kind));
        Assert.Empty(ledger.Sink.Failures);
    }

    [Fact]
    public void A_stop_while_there_is_no_room_ends_and_acknowledges_nothing()
    {
        using var ledger = new Ledger();
        using var reclaimer = new SpaceReclaimer(() => { }, ledger.Sink.Failed);
        var reports = new ConcurrentQueue<StoreEvent>();
        var journal = ledger.OpenJournal();
        ledger.Disk.Refusal = StoreFault.NoSpace;
        var thread = new CommitThread(ledger.Committer, ledger.Sink, ledger.Pool, new SpaceWatch(() => long.MaxValue, 1), reclaimer, 1 << 20, reports.Enqueue);
        thread.Start();
        thread.Submit(ledger.Batch(ledger.Append(journal, "1")));
        thread.Dispose();
        Assert.Empty(ledger.Sink.CommittedBatches);
        Assert.Empty(ledger.Sink.Failures);
        Assert.Contains(reports, report => report.Kind == StoreEventKind.NotWritten);
    }

    [Fact]
    public void Any_other_refusal_ends_the_broker()
    {
        using var ledger = new Ledger();
        using var reclaimer = new SpaceReclaimer(() => { }, ledger.Sink.Failed);
        ledger.Disk.Refusal = StoreFault.InputOutput;
        var thread = new CommitThread(ledger.Committer, ledger.Sink, ledger.Pool, new SpaceWatch(() => long.MaxValue, 1), reclaimer, 1 << 20);
        thread.Start();
        thread.Submit(ledger.Batch(ledger.Append(ledger.OpenJournal(), "1")));
        Wait(() => !ledger.Sink.Failures.IsEmpty);
        thread.Dispose();
        Assert.Equal(StoreFault.InputOutput, Assert.IsType<StoreException>(Assert.Single(ledger.Sink.Failures)).Fault);
        Assert.Empty(ledger.Sink.CommittedBatches);
    }

    [Fact]
    public void There_is_room_again_only_when_there_is_a_quarter_more_than_is_to_be_left_free()
    {
        long free = 99;
        var space = new SpaceWatch(() => free, 100);
        Assert.Equal((SpaceChange.Full, true), (space.NoteWritten(1), space.IsFull));
        free = 110;
        Assert.Equal((SpaceChange.None, true), (space.Look(), space.IsFull));
        free = 125;
        Assert.Equal((SpaceChange.HasRoom, false), (space.Look(), space.IsFull));
        free = 1;
        Assert.Equal((SpaceChange.None, false), (space.NoteWritten(1), space.IsFull));
        Assert.Equal((SpaceChange.Full, true), (space.NoteWritten(16 * 1024 * 1024), space.IsFull));
    }

    private static void Wait(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Patience));
}
