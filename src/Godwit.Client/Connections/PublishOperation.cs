using System.Threading.Tasks.Sources;
using Godwit.Client.Sessions;
using Godwit.Client.Streams;

namespace Godwit.Client.Connections;

/// <summary>A publication with the caller who awaits it. Pooled: given back when the caller has its result.</summary>
internal sealed class PublishOperation(IPublishOperationOwner owner) : PublishCommand, IValueTaskSource<PublishResult>, ICompletion
{
    private ManualResetValueTaskSourceCore<PublishResult> _wait = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private PublishResult _result;
    private Exception? _error;

    /// <summary>Under the client's lock: the outcome is known.</summary>
    public bool IsDecided { get; private set; }

    public short Version => _wait.Version;

    /// <summary>Under the client's lock, once: then it belongs to the batch of completions.</summary>
    public void Decide(in PublishResult result, Exception? error)
    {
        IsDecided = true;
        _result = result;
        _error = error;
    }

    public void Register(CancellationToken cancellationToken) =>
        _registration = cancellationToken.UnsafeRegister(
            static (operation, token) => ((PublishOperation)operation!).Cancel(token),
            this);

    /// <summary>Makes it ready for the next publication. Under the client's lock.</summary>
    public void Reset()
    {
        _wait.Reset();
        _result = default;
        _error = null;
        IsDecided = false;
        Topic = "";
        Payload = default;
        Message = null;
        Received = default;
    }

    public void Complete()
    {
        if (_error is null)
        {
            _wait.SetResult(_result);
        }
        else
        {
            _wait.SetException(_error);
        }
    }

    PublishResult IValueTaskSource<PublishResult>.GetResult(short token)
    {
        try
        {
            return _wait.GetResult(token);
        }
        finally
        {
            // Waits for a callback that is running, which needs the lock: it is not held here.
            _registration.Dispose();
            _registration = default;
            owner.Return(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<PublishResult>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<PublishResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken cancellationToken) => owner.Cancel(this, cancellationToken);
}
