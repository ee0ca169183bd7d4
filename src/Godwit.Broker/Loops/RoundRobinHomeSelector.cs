using Godwit.Engine;

namespace Godwit.Broker.Loops;

/// <summary>New sessions go to the loops in turn: even placement when load is known to be high, and for tests that need hops between loops.</summary>
internal sealed class RoundRobinHomeSelector(int loops) : IHomeSelector
{
    private uint _next = uint.MaxValue;

    public int ChooseHome(int acceptingShard) => (int)(Interlocked.Increment(ref _next) % (uint)loops);
}
