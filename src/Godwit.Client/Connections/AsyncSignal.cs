using System.Threading.Tasks.Sources;

namespace Godwit.Client.Connections;

/// <summary>
/// Wakes one pump, and remembers to if it does not wait yet. The pump goes to the pool's common queue, behind what the waking thread has
/// queued for itself: so a writer that is woken by the first of many publications finds those of the others in the output as well, and
/// sends them together. All calls under the client's lock; allocates nothing.
/// </summary>
internal sealed class AsyncSignal : IValueTaskSource, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = false };
    private bool _isSet;
    private bool _isWaiting;

    public void Set()
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            _isSet = true;
        }
    }

    public ValueTask WaitAsync()
    {
        if (_isSet)
        {
            _isSet = false;
            return ValueTask.CompletedTask;
        }

        _wait.Reset();
        _isWaiting = true;
        return new ValueTask(this, _wait.Version);
    }

    void IThreadPoolWorkItem.Execute() => _wait.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
