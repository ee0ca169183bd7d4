namespace Godwit.Engine;

/// <summary>Wakes a loop out of its wait.</summary>
public interface IShardWaker
{
    /// <summary>Called from any loop when <paramref name="shard"/> has new mail and has said that it sleeps (<see cref="Shard.TryPrepareSleep"/>).</summary>
    void Wake(int shard);
}
