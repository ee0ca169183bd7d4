using Godwit.Engine;

namespace Godwit.Broker.Loops;

/// <summary>Passes the engine's wake-ups on to the drivers.</summary>
internal sealed class LoopWaker(LoopDriver[] drivers) : IShardWaker
{
    public void Wake(int shard) => drivers[shard].Wake();
}
