using Godwit.Engine;

namespace Godwit.Broker.Loops;

/// <summary>
/// Loops fill in order: a hop between loops costs more than a second loop saves while the first has time to spare. The
/// next loop is used only when all before it are more than 60 per cent busy; when all are, the least busy one.
/// </summary>
internal sealed class FillHomeSelector(LoopLoad[] loads) : IHomeSelector
{
    internal const double BusyShare = 0.6;

    public int ChooseHome(int acceptingShard) => Choose(MonotonicClock.Timestamp);

    internal int Choose(long timestamp)
    {
        int best = 0;
        double bestShare = double.MaxValue;
        for (int i = 0; i < loads.Length; i++)
        {
            double share = loads[i].Current(timestamp);
            if (share <= BusyShare)
            {
                return i;
            }

            if (share < bestShare)
            {
                best = i;
                bestShare = share;
            }
        }

        return best;
    }
}
