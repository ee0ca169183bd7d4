namespace Godwit.Broker.Loops.Epoll;

/// <summary>
/// When to ask the kernel to acknowledge (TCP, not MQTT) only every second piece of what a client sends. By itself it does so at each
/// receive of a client that is not answered, such as a publisher at QoS 0: one packet more for each that comes, and a sixth to
/// a quarter of the processor's time.
/// </summary>
/// <remarks>
/// Asked for connections that send without pause alone. The kernel goes back to its own way after 40 ms without a second piece,
/// and so it is asked again now and then. A client with Nagle's algorithm may be what pauses: it waits for the acknowledgement
/// that we hold back. What pauses right behind the wish is therefore left alone for a while.
/// </remarks>
internal struct AcknowledgementPace
{
    /// <summary>Receives between two looks at the time.</summary>
    public const int Stretch = 64;

    /// <summary>A stretch that takes no longer is one without pause, in milliseconds.</summary>
    public const uint StretchMilliseconds = 640;

    /// <summary>The kernel is asked no more often.</summary>
    public const ushort AgainMilliseconds = 1000;

    /// <summary>Receives behind the wish that are looked at, and how long each may let us wait.</summary>
    public const int WatchedReceives = 4;

    /// <summary>As <see cref="WatchedReceives"/>: less than the kernel's 40 ms.</summary>
    public const uint StallMilliseconds = 30;

    /// <summary>How long a client that stalled is left alone.</summary>
    public const ushort RestMilliseconds = 60_000;

    private byte _receivesLeft;
    private byte _watchedLeft;
    private uint _lookedAt;
    private uint _restsFrom;
    private ushort _restsFor;

    /// <summary>Something was received. True: ask the kernel.</summary>
    /// <param name="now">Milliseconds of a clock that may overflow.</param>
    public bool Note(uint now)
    {
        if (_receivesLeft > 1)
        {
            _receivesLeft--;
            return false;
        }

        uint elapsed = now - _lookedAt;
        _lookedAt = now;
        if (_watchedLeft > 0)
        {
            if (elapsed >= StallMilliseconds)
            {
                _watchedLeft = 0;
                Rest(now, RestMilliseconds);
            }
            else
            {
                _watchedLeft--;
            }

            _receivesLeft = (byte)(_watchedLeft > 0 ? 1 : Stretch);
            return false;
        }

        _receivesLeft = Stretch;
        if (elapsed > StretchMilliseconds || now - _restsFrom < _restsFor)
        {
            return false;
        }

        Rest(now, AgainMilliseconds);
        _watchedLeft = WatchedReceives;
        _receivesLeft = 1;
        return true;
    }

    private void Rest(uint now, ushort milliseconds)
    {
        _restsFrom = now;
        _restsFor = milliseconds;
    }
}
