namespace Godwit.Client.Streams;

/// <summary>What a <see cref="MessageStream"/> needs of its client. All members but <see cref="Run"/> need the lock.</summary>
internal interface IMessageStreamOwner
{
    /// <summary>The client's lock.</summary>
    Lock Gate { get; }

    /// <summary>Readers that wait for a message on any stream.</summary>
    int WaitingReaders { get; set; }

    /// <summary>Takes a message of QoS 1 or 2, which acknowledges it.</summary>
    /// <returns>False if it must not be taken any more.</returns>
    bool TryTake(long delivery);

    /// <summary>Adds a wait that has ended to those to be woken.</summary>
    void Add(ICompletion completion);

    /// <summary>Lets the pumps see what has changed, and gives what is to be woken.</summary>
    List<ICompletion>? EndTurn();

    /// <summary>Wakes; without the lock.</summary>
    void Run(List<ICompletion>? completions);
}
