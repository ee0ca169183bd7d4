using Godwit.Broker.Loops;

namespace Godwit.Broker.Tests.Loops;

public sealed class LoopLoadTests
{
    [Fact]
    public void A_loop_that_never_waits_becomes_fully_busy()
    {
        long now = MonotonicClock.TicksPerMillisecond;
        var load = new LoopLoad(now);
        Run(load, ref now, busy: 10, waiting: 0, seconds: 2);
        Assert.InRange(load.Current(now), 0.99, 1.0);
    }

    [Fact]
    public void A_loop_that_works_half_the_time_is_half_busy()
    {
        long now = MonotonicClock.TicksPerMillisecond;
        var load = new LoopLoad(now);
        Run(load, ref now, busy: 5, waiting: 5, seconds: 2);
        Assert.InRange(load.Current(now), 0.45, 0.55);
    }

    [Fact]
    public void A_long_sleep_counts_before_it_has_ended()
    {
        long now = MonotonicClock.TicksPerMillisecond;
        var load = new LoopLoad(now);
        Run(load, ref now, busy: 10, waiting: 0, seconds: 2);
        load.Waits(now);
        Assert.InRange(load.Current(now + (2000 * MonotonicClock.TicksPerMillisecond)), 0, 0.01);
    }

    [Fact]
    public void A_long_turn_counts_before_it_has_ended()
    {
        long now = MonotonicClock.TicksPerMillisecond;
        var load = new LoopLoad(now);
        Run(load, ref now, busy: 0, waiting: 10, seconds: 2);
        load.Woke(now);
        Assert.InRange(load.Current(now), 0, 0.01);
        Assert.Equal(1.0, load.Current(now + (500 * MonotonicClock.TicksPerMillisecond)));
    }

    [Fact]
    public void Homes_fill_in_order_and_the_next_opens_when_those_before_are_busy()
    {
        long now = MonotonicClock.TicksPerMillisecond;
        LoopLoad[] loads = [new(now), new(now), new(now)];
        var selector = new FillHomeSelector(loads);
        Assert.Equal(0, selector.Choose(now));

        long busy = now;
        Run(loads[0], ref busy, busy: 9, waiting: 1, seconds: 2);
        Assert.Equal(1, selector.Choose(busy));

        long alsoBusy = now;
        Run(loads[1], ref alsoBusy, busy: 7, waiting: 3, seconds: 2);
        Assert.Equal(2, selector.Choose(busy));

        long allBusy = now;
        Run(loads[2], ref allBusy, busy: 8, waiting: 2, seconds: 2);
        Assert.Equal(1, selector.Choose(busy)); // the least busy of all
    }

    [Fact]
    public void Round_robin_takes_each_loop_in_turn()
    {
        var selector = new RoundRobinHomeSelector(3);
        Assert.Equal([0, 1, 2, 0, 1], Enumerable.Range(0, 5).Select(_ => selector.ChooseHome(acceptingShard: 0)));
    }

    private static void Run(LoopLoad load, ref long now, int busy, int waiting, int seconds)
    {
        for (int elapsed = 0; elapsed < seconds * 1000; elapsed += busy + waiting)
        {
            load.Woke(now);
            now += busy * MonotonicClock.TicksPerMillisecond;
            load.Waits(now);
            now += waiting * MonotonicClock.TicksPerMillisecond;
        }
    }
}
