namespace Godwit.Broker.Diagnostics;

/// <summary>Lets a few lines per second through: what peers can cause at will must not fill a disk. Any thread.</summary>
internal sealed class LogRate(int perSecondMax)
{
    private readonly Lock _gate = new();
    private long _second = long.MinValue;
    private int _inSecond;
    private long _suppressed;

    /// <summary>True when a line may be written; <paramref name="suppressed"/> is how many were not since the last one.</summary>
    public bool TryTake(long nowMilliseconds, out long suppressed)
    {
        lock (_gate)
        {
            long second = nowMilliseconds / 1000;
            if (second != _second)
            {
                _second = second;
                _inSecond = 0;
            }

            if (_inSecond >= perSecondMax)
            {
                _suppressed++;
                suppressed = 0;
                return false;
            }

            _inSecond++;
            suppressed = _suppressed;
            _suppressed = 0;
            return true;
        }
    }
}
