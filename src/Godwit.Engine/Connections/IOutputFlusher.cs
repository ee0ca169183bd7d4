namespace Godwit.Engine.Connections;

/// <summary>Sends in the middle of a turn, for a connection that gets more in one turn than its output buffer holds.</summary>
public interface IOutputFlusher
{
    /// <summary>
    /// Sends <see cref="Connection.PendingOutput"/> as far as the transport takes it and reports that by <see cref="Shard.OutputSent"/>. Called
    /// on the loop, in the middle of other work: nothing else may be done to the connection, not even when sending fails.
    /// </summary>
    void Flush(Connection connection);
}
