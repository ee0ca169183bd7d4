using Godwit.Client.Sessions;
using Godwit.Client.Streams;

namespace Godwit.Client.Connections;

/// <summary>A SUBSCRIBE or UNSUBSCRIBE with the caller who awaits it.</summary>
internal sealed class RequestOperation : RequestCommand
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The stream of a SUBSCRIBE.</summary>
    public MessageStream? Stream { get; init; }

    public Task Answered => _answered.Task;

    public void Complete(Exception? error)
    {
        if (error is null)
        {
            _answered.TrySetResult();
        }
        else
        {
            _answered.TrySetException(error);
        }
    }
}
