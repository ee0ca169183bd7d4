namespace Godwit.Client.Connections;

/// <summary>The client of a <see cref="PublishOperation"/>.</summary>
internal interface IPublishOperationOwner
{
    /// <summary>The caller has its result. Takes the lock.</summary>
    void Return(PublishOperation operation);

    /// <summary>The caller waits no longer. Takes the lock.</summary>
    void Cancel(PublishOperation operation, CancellationToken cancellationToken);
}
