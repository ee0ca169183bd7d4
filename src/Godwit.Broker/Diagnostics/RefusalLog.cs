using Godwit.Broker.Listeners;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Diagnostics;

/// <summary>Logs connections that were turned away, at most once a second: a flood of them must not become a flood of lines.</summary>
internal sealed class RefusalLog(ILogger logger)
{
    private readonly LogRate _total = new(1);
    private readonly LogRate _address = new(1);

    public void Report(AcceptVerdict verdict, in PeerAddress peer, AcceptLimiter limiter, long now)
    {
        if (verdict == AcceptVerdict.TotalReached)
        {
            if (_total.TryTake(now, out long unreported))
            {
                BrokerLog.ConnectionsMaxReached(logger, peer.ToString(), limiter.ConnectionsMax, unreported + 1);
            }
        }
        else if (_address.TryTake(now, out long unreported))
        {
            BrokerLog.AddressMaxReached(logger, peer.ToString(), limiter.PerAddressMax, unreported + 1);
        }
    }
}
