using Godwit.Broker.Listeners;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Diagnostics;

/// <summary>Logs connections that were turned away, at most once a second: a flood of them must not become a flood of lines.</summary>
internal sealed class RefusalLog(ILogger logger)
{
    private const long PeriodMilliseconds = 1000;

    private long _quietUntil = long.MinValue;
    private long _unreported;

    public void Report(AcceptVerdict verdict, PeerAddress peer, AcceptLimiter limiter, long now)
    {
        _unreported++;
        if (now < _quietUntil)
        {
            return;
        }

        _quietUntil = now + PeriodMilliseconds;
        if (verdict == AcceptVerdict.TotalReached)
        {
            BrokerLog.ConnectionsMaxReached(logger, peer.ToString(), limiter.ConnectionsMax, _unreported);
        }
        else
        {
            BrokerLog.AddressMaxReached(logger, peer.ToString(), limiter.PerAddressMax, _unreported);
        }

        _unreported = 0;
    }
}
