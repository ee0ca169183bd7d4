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

    private const long OperationBytes = 64;

    private readonly Committer _committer;
    private readonly ICommitSink _sink;
    private readonly SpaceWatch _space;
    private readonly SpaceReclaimer _reclaimer;
    private readonly long _waitingBytesMax;
    private readonly object _gate = new();
    private readonly Thread _thread;
    private List<StoreBatch> _waiting = [];
    private List<StoreBatch> _group = [];
    private bool _isAwaited;
    private bool _isStopping;
    private bool _isStarted;
    private long _waitingBytes;
    private long _count;

    public CommitThread(Committer committer, ICommitSink sink, MessagePool pool, SpaceWatch space, SpaceReclaimer reclaimer, long waitingBytesMax)
    {
        _reclaimer = reclaimer;
        _committer = committer;
        _sink = sink;
        Pool = pool;
        _space = space;
        _waitingBytesMax = waitingBytesMax;
        _thread = new Thread(Run) { Name = "godwit commit", IsBackground = true };
    }

    /// <summary>The pool for messages; this thread's once it runs.</summary>
    public MessagePool Pool { get; }

    public long Count => Interlocked.Read(ref _count);

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
            while (Take())
            {
                Commit();
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
            while (_waiting.Count == 0 && !_isStopping)
            {
                if (!Monitor.Wait(_gate, _space.IsFull ? FullMilliseconds : Timeout.Infinite))
                {
                    LookForSpace();
                }
            }

            if (!_isAwaited && !_isStopping)
            {
                Monitor.Wait(_gate, IdleMilliseconds);
            }

            (_group, _waiting) = (_waiting, _group);
            _isAwaited = false;
            return _group.Count > 0;
        }
    }

    private void Commit()
    {
        long size = 0;
        foreach (var batch in _group)
        {
            size += SizeOf(batch);
        }

        _committer.Commit(_group, _sink, Pool);
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _waitingBytes, -size);
        foreach (var batch in _group)
        {
            _sink.Committed(batch);
        }

        _group.Clear();
        _reclaimer.Note(_committer.TakeRemovedBytes());
        if (_space.NoteWritten(size))
        {
            _sink.Relieved();
        }
    }

    private void LookForSpace()
    {
        if (_space.Look())
        {
            _sink.Relieved();
        }
    }
}
