using System.Diagnostics.CodeAnalysis;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>
/// The thread that commits. While it syncs, the loops hand over what they write meanwhile; the next commit takes all of that
/// together. So the more there is to do, the less a message costs.
/// </summary>
internal sealed class CommitThread : IDisposable
{
    // For so long what nobody waits for is gathered, to spare syncs: an acknowledgement that a crash makes the broker forget is
    // asked for again.
    private const int IdleMilliseconds = 50;

    // How often a full disk is looked at.
    private const int FullMilliseconds = 1000;

    // How often a write that found no room is tried again.
    private const int RetryMilliseconds = 250;

    private const long OperationBytes = 64;

    private readonly Committer _committer;
    private readonly ICommitSink _sink;
    private readonly SpaceWatch _space;
    private readonly SpaceReclaimer _reclaimer;
    private readonly long _waitingBytesMax;
    private readonly QueueTotals? _totals;
    private readonly Action<StoreEvent>? _report;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private List<StoreBatch> _waiting = [];
    private List<StoreBatch> _group = [];
    private bool _isAwaited;
    private bool _isStopping;
    private bool _isStarted;
    private long _waitingBytes;
    private long _lookedAt;

    public CommitThread(
        Committer committer,
        ICommitSink sink,
        MessagePool pool,
        SpaceWatch space,
        SpaceReclaimer reclaimer,
        long waitingBytesMax,
        Action<StoreEvent>? report = null,
        QueueTotals? totals = null)
    {
        _reclaimer = reclaimer;
        _totals = totals;
        _report = report;
        _committer = committer;
        _sink = sink;
        Pool = pool;
        _space = space;
        _waitingBytesMax = waitingBytesMax;
        _thread = new Thread(Run) { Name = "godwit commit", IsBackground = true };
    }

    /// <summary>The pool for messages; this thread's once it runs.</summary>
    public MessagePool Pool { get; }

    /// <summary>More waits than should.</summary>
    public bool IsBusy => Interlocked.Read(ref _waitingBytes) > _waitingBytesMax;

    public void Start()
    {
        _isStarted = true;
        _thread.Start();
    }

    public void Submit(StoreBatch batch)
    {
        lock (_gate)
        {
            bool wakes = _waiting.Count == 0 || (batch.IsAwaited && !_isAwaited);
            _waiting.Add(batch);
            _isAwaited |= batch.IsAwaited;
            Interlocked.Add(ref _waitingBytes, SizeOf(batch));
            if (wakes)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Commits what waits, and ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }

        if (_isStarted)
        {
            _thread.Join();
        }
    }

    private static long SizeOf(StoreBatch batch) => batch.AppendedBytes + (batch.Count * OperationBytes);

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever it is, nothing may be acknowledged after it: the engine is told, and the broker ends.")]
    private void Run()
    {
        try
        {
            NoteTotals();
            while (Take() && Commit())
            {
            }
        }
        catch (Exception error)
        {
            _sink.Failed(error);
        }
    }

    // False when there is nothing left and the thread is to end.
    private bool Take()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isStopping && _committer.UntilSweep() is var wait and not 0)
            {
                bool looks = _space.IsFull && (wait == Timeout.Infinite || wait > FullMilliseconds);
                if (!Monitor.Wait(_gate, looks ? FullMilliseconds : wait) && looks)
                {
                    LookForSpace();
                }
            }

            if (_waiting.Count > 0 && !_isAwaited && !_isStopping)
            {
                Monitor.Wait(_gate, IdleMilliseconds);
            }

            (_group, _waiting) = (_waiting, _group);
            _isAwaited = false;
            return _group.Count > 0 || !_isStopping;
        }
    }

    // False when there is no room for it, and no time left to wait for some.
    private bool Commit()
    {
        long size = 0;
        foreach (var batch in _group)
        {
            size += SizeOf(batch);
        }

        _committer.Gather(_group, _sink, Pool);
        if (!Write())
        {
            return false;
        }

        _committer.Publish();
        NoteTotals(); // before anybody hears of it and goes on
        if (_group.Count > 0 || _committer.HasWrites)
        {
        }

        Interlocked.Add(ref _waitingBytes, -size);
        foreach (var batch in _group)
        {
            _sink.Committed(batch);
        }

        _group.Clear();
        _reclaimer.Note(_committer.TakeRemovedBytes());
        Note(_space.NoteWritten(size));
        if (_space.IsFull && Environment.TickCount64 - _lookedAt >= FullMilliseconds)
        {
            // Also when there is always something small to commit.
            LookForSpace();
        }

        return true;
    }

    // When the disk is full the same writes are tried again until there is room. Meanwhile nothing is acknowledged, and nothing
    // more is taken that needs room.
    private bool Write()
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                _committer.Write();
                return true;
            }
            catch (StoreException error) when (error.Fault == StoreFault.NoSpace)
            {
                _space.NoteRefused();
                if (isFirst)
                {
                    _report?.Invoke(new StoreEvent(StoreEventKind.NoSpace, error.Message));
                }

                lock (_gate)
                {
                    if (_isStopping)
                    {
                        _report?.Invoke(new StoreEvent(
                            StoreEventKind.NotWritten,
                            $"The store closes while its disk is full: what {_group.Count + _waiting.Count} turns of the loops still had to write is lost. None of it was acknowledged."));
                        return false;
                    }

                    Monitor.Wait(_gate, RetryMilliseconds);
                }
            }
        }
    }

    private void LookForSpace()
    {
        _lookedAt = Environment.TickCount64;
        Note(_space.Look());
    }

    private void Note(SpaceChange change)
    {
        if (change == SpaceChange.Full)
        {
            _report?.Invoke(new StoreEvent(StoreEventKind.Full, _space.Describe()));
        }
        else if (change == SpaceChange.HasRoom)
        {
            _report?.Invoke(new StoreEvent(StoreEventKind.HasRoom, _space.Describe()));
            TellRelief();
        }
    }

    private void NoteTotals()
    {
        if (_totals is not null && _totals.Look())
        {
            _report?.Invoke(new StoreEvent(_totals.IsFull ? StoreEventKind.QueuesFull : StoreEventKind.QueuesHaveRoom, _totals.Describe()));
            TellRelief();
        }
    }

    private void TellRelief()
    {
        if (!_space.IsFull && _totals is not { IsFull: true })
        {
            _sink.Relieved();
        }
    }
}
