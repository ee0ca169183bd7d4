namespace Godwit.Broker.Loops.InProcess;

/// <summary>The other end of an <see cref="InProcessTransport"/>. Called on the loop's thread; must not block.</summary>
internal interface IInProcessPeer
{
    /// <summary>Takes bytes of the broker, as many as there is room for; for the rest it calls <see cref="InProcessTransport.RequestOutput"/> later.</summary>
    int Take(ReadOnlySpan<byte> bytes);

    /// <summary>The connection has ended; nothing follows.</summary>
    void Ended();
}
