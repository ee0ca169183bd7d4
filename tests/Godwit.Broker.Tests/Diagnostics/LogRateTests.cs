using Godwit.Broker.Diagnostics;

namespace Godwit.Broker.Tests.Diagnostics;

public sealed class LogRateTests
{
    [Fact]
    public void Lines_beyond_the_rate_are_counted_and_told_with_the_next_one()
    {
        var rate = new LogRate(2);
        Assert.True(rate.TryTake(0, out long suppressed));
        Assert.True(rate.TryTake(999, out suppressed));
        Assert.Equal(0, suppressed);
        Assert.False(rate.TryTake(999, out _));
        Assert.False(rate.TryTake(999, out _));
        Assert.True(rate.TryTake(1000, out suppressed));
        Assert.Equal(2, suppressed);
        Assert.True(rate.TryTake(1000, out suppressed));
        Assert.Equal(0, suppressed);
    }
}
