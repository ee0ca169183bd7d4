using System.Threading.Tasks.Sources;

namespace Godwit.Client.Connections;

/// <summary>Wakes one pump, and remembers to if it does not wait yet. All calls under the client's lock; allocates nothing.</summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private bool _isSet;
    private bool _isWaiting;

    public void Set()
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            _wait.SetResult(true);
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

    void IValueTaskSource.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
