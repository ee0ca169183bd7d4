using Godwit.Broker.Listeners;
using Godwit.Broker.Options;

namespace Godwit.Broker.Tests.Listeners;

public sealed class AcceptLimiterTests
{
    private static readonly PeerKey One = new(1);
    private static readonly PeerKey Other = new(2);

    [Fact]
    public void Beyond_the_total_nobody_comes_in_until_somebody_leaves()
    {
        var limiter = new AcceptLimiter(connectionsMax: 2, perAddressMax: AcceptLimits.Unlimited);
        Assert.Equal(AcceptVerdict.Admitted, limiter.TryEnter(One));
        Assert.Equal(AcceptVerdict.Admitted, limiter.TryEnter(One));
        Assert.Equal(AcceptVerdict.TotalReached, limiter.TryEnter(Other));
        limiter.Leave(One);
        Assert.Equal(AcceptVerdict.Admitted, limiter.TryEnter(Other));
        Assert.Equal((2, 1L), (limiter.Open, limiter.Refused));
    }

    [Fact]
    public void One_address_does_not_use_up_the_room_of_the_others()
    {
        var limiter = new AcceptLimiter(connectionsMax: 10, perAddressMax: 1);
        Assert.Equal(AcceptVerdict.Admitted, limiter.TryEnter(One));
        Assert.Equal(AcceptVerdict.AddressReached, limiter.TryEnter(One));
        Assert.Equal(AcceptVerdict.Admitted, limiter.TryEnter(Other));
        limiter.Leave(One);
        Assert.Equal(AcceptVerdict.Admitted, limiter.TryEnter(One));
        Assert.Equal((2, 1L), (limiter.Open, limiter.Refused));
    }
}
