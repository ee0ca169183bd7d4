namespace Godwit.Storage.RocksDb.Tables;

/// <summary>
/// Has the tables written out some time after much was removed: what is removed keeps its space until the marks of its removal
/// have gone from memory to files, and where nothing more is written that may never be.
/// </summary>
internal sealed class SpaceReclaimer(Action flush, Action<Exception> handleFailure) : IDisposable
{
    private const long RemovedBytesMin = 16 * 1024 * 1024;
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private long _removed;
    private Timer? _timer;
    private bool _isDisposed;

    /// <summary>So much was removed. Called by the commit thread; the work is done elsewhere.</summary>
    public void Note(long removedBytes)
    {
        _removed += removedBytes;
        if (_removed < RemovedBytesMin)
        {
            return;
        }

        _removed = 0;
        lock (_gate)
        {
            if (!_isDisposed && _timer is null)
            {
                _timer = new Timer(_ => Reclaim(), null, Delay, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private void Reclaim()
    {
        // Under the gate, so that the tables are not closed meanwhile.
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _timer!.Dispose();
            _timer = null;
            try
            {
                flush();
            }
            catch (StoreException error) when (error.Fault == StoreFault.NoSpace)
            {
                // To write tables out takes room, too: later.
                _timer = new Timer(_ => Reclaim(), null, Delay, Timeout.InfiniteTimeSpan);
            }
            catch (StoreException error)
            {
                handleFailure(error);
            }
        }
    }
}
