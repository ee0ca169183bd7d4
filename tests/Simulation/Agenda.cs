namespace Godwit.Simulation;

/// <summary>What happens when, in virtual milliseconds; what is due at the same time happens in the order in which it was put down.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Action, (long At, long Order)> _queue = new();
    private long _order;

    public long Now { get; private set; }

    public void At(long time, Action action) => _queue.Enqueue(action, (Math.Max(time, Now), _order++));

    public void After(long delay, Action action) => At(Now + delay, action);

    /// <summary>Runs what is due up to <paramref name="end"/>, which is the time then.</summary>
    public void RunUntil(long end)
    {
        while (_queue.TryPeek(out _, out var key) && key.At <= end)
        {
            var action = _queue.Dequeue();
            Now = key.At;
            action();
        }

        Now = end;
    }
}
