using System.Buffers;
using Godwit.Engine;

namespace Godwit.Broker.Loops.InProcess;

/// <summary>
/// A connection of the process itself: its bytes go through memory, and everything else (loops, sessions, windows, order) is
/// as for a client on the network.
/// </summary>
internal sealed class InProcessTransport(ListenerProfile profile, IInProcessPeer peer) : Transport
{
    private readonly Lock _gate = new();
    private ArrayBufferWriter<byte> _arriving = new();
    private ArrayBufferWriter<byte> _taken = new();
    private InProcessDriver? _driver;
    private bool _isScheduled;
    private bool _wantsOutput;
    private bool _hasClosed;
    private int _waiting;

    public ListenerProfile Profile { get; } = profile;

    public IInProcessPeer Client { get; } = peer;

    /// <summary>Loop's thread only: the engine knows of it.</summary>
    public bool IsOpened { get; set; }

    /// <summary>Bytes written that the loop has not read yet; a recent value.</summary>
    public int WaitingBytes => Volatile.Read(ref _waiting);

    /// <summary>Any thread: sends bytes to the broker.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _arriving.Write(bytes);
            Volatile.Write(ref _waiting, _arriving.WrittenCount);
            Schedule();
        }
    }

    /// <summary>Any thread: there is room again for what <see cref="IInProcessPeer.Take"/> left.</summary>
    public void RequestOutput()
    {
        lock (_gate)
        {
            _wantsOutput = true;
            Schedule();
        }
    }

    /// <summary>Any thread: closes, behind everything written.</summary>
    public void CloseFromPeer()
    {
        lock (_gate)
        {
            _hasClosed = true;
            Schedule();
        }
    }

    /// <summary>The loop of <paramref name="driver"/> serves the transport from now on; null: none does.</summary>
    public void Assign(InProcessDriver? driver)
    {
        lock (_gate)
        {
            _driver = driver;
            _isScheduled = false;
            Schedule();
        }
    }

    /// <summary>Loop's thread: what is to be done. The bytes are valid until the next call.</summary>
    public InProcessWork TakeWork(InProcessDriver driver)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_driver, driver))
            {
                return default;
            }

            _isScheduled = false;
            var bytes = ReadOnlyMemory<byte>.Empty;
            if (IsReading && _arriving.WrittenCount > 0)
            {
                (_arriving, _taken) = (_taken, _arriving);
                _arriving.ResetWrittenCount();
                Volatile.Write(ref _waiting, 0);
                bytes = _taken.WrittenMemory;
            }

            bool wantsOutput = _wantsOutput;
            _wantsOutput = false;

            // The end comes behind the last bytes: those may still wait because the broker does not read.
            return new InProcessWork(true, bytes, wantsOutput, _hasClosed && _arriving.WrittenCount == 0);
        }
    }

    /// <summary>Loop's thread: reading goes on, so what has arrived meanwhile is due.</summary>
    public void ScheduleInput()
    {
        lock (_gate)
        {
            Schedule();
        }
    }

    private void Schedule()
    {
        if (!_isScheduled && _driver is { } driver)
        {
            _isScheduled = true;
            driver.Schedule(this);
        }
    }
}
