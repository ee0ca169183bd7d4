using System.Diagnostics.CodeAnalysis;
using Godwit.Engine.Journals;

namespace Godwit.Storage.RocksDb.Reading;

/// <summary>The thread that reads from disk for clients that lag, so that no loop ever waits for it.</summary>
internal sealed class ReadThread : IDisposable
{
    private readonly Func<RecordFetcher> _createFetcher;
    private readonly ICommitSink _sink;
    private readonly object _gate = new();
    private readonly Queue<(JournalState State, long Index)> _asked = new();
    private readonly Thread _thread;
    private bool _isStopping;
    private bool _isStarted;

    public ReadThread(Func<RecordFetcher> createFetcher, ICommitSink sink)
    {
        _createFetcher = createFetcher;
        _sink = sink;
        _thread = new Thread(Run) { Name = "godwit read", IsBackground = true };
    }

    public void Start()
    {
        _isStarted = true;
        _thread.Start();
    }

    public void Ask(JournalState state, long index)
    {
        lock (_gate)
        {
            _asked.Enqueue((state, index));
            if (_asked.Count == 1)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

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

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever it is, clients would wait for ever: the engine is told, and the broker ends.")]
    private void Run()
    {
        try
        {
            using var fetcher = _createFetcher();
            while (Take(fetcher) is { } asked)
            {
                fetcher.Fetch(asked.State, asked.Index);
            }
        }
        catch (Exception error)
        {
            _sink.Failed(error);
        }
    }

    private (JournalState State, long Index)? Take(RecordFetcher fetcher)
    {
        lock (_gate)
        {
            while (_asked.Count == 0 && !_isStopping)
            {
                fetcher.Rest();
                Monitor.Wait(_gate);
            }

            return _isStopping ? null : _asked.Dequeue();
        }
    }
}
