using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Godwit.Broker.Listeners;

namespace Godwit.Broker.Loops.Epoll;

/// <summary>
/// Sockets by epoll, level-triggered: with one receive per readable connection and turn that is one system call less per
/// message than edge-triggered, which must read until there is nothing. The user data of an event is the key of
/// <see cref="TransportTable"/>. A peer's close shows as readable with nothing to read, so EPOLLRDHUP is not asked for: a
/// connection whose reading is paused could not act on it without losing the bytes before it.
/// </summary>
internal sealed unsafe class EpollDriver : LoopDriver
{
    private const int EventsMax = 1024;
    private const int AddressSize = 128;
    private const int FamilyIPv4 = 2;
    private const int FamilyIPv6 = 10;

    // Keys above any slot number: the lower half of a transport's key is an index.
    private const ulong WakeKey = uint.MaxValue;
    private const ulong ListenerKeyFirst = 0xFFFF_0000;

    private readonly List<Listener> _listeners = [];
    private readonly byte* _events;
    private readonly byte* _buffer;
    private readonly int _epoll;
    private readonly int _wake;
    private int _eventCount;
    private uint _now;
    private bool _isDisposed;

    public EpollDriver()
    {
        _epoll = LinuxNative.EpollCreate(LinuxNative.EpollCloseOnExec);
        if (_epoll < 0)
        {
            throw SystemError("epoll_create1");
        }

        _wake = LinuxNative.EventCreate(0, LinuxNative.EventNonBlocking | LinuxNative.EventCloseOnExec);
        if (_wake < 0)
        {
            var error = SystemError("eventfd");
            _ = LinuxNative.Close(_epoll);
            throw error;
        }

        _events = (byte*)NativeMemory.AlignedAlloc((nuint)(EventsMax * LinuxNative.EpollEventSize), 64);
        _buffer = (byte*)NativeMemory.AlignedAlloc(ReceiveBufferSize, 4096);
        if (Control(LinuxNative.EpollAdd, _wake, LinuxNative.EpollIn, WakeKey) < 0)
        {
            var error = SystemError("epoll_ctl");
            Dispose();
            throw error;
        }
    }

    public static bool IsSupported =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public override void AddListener(Listener listener)
    {
        int descriptor = DescriptorOf(listener);

        // .NET keeps "non-blocking" to itself until it does the I/O; here the kernel has to know.
        int flags = LinuxNative.FileControl(descriptor, LinuxNative.GetFlags, 0);
        if (flags < 0 || LinuxNative.FileControl(descriptor, LinuxNative.SetFlags, flags | LinuxNative.FlagNonBlocking) < 0
            || Control(LinuxNative.EpollAdd, descriptor, LinuxNative.EpollIn, ListenerKeyFirst + (uint)_listeners.Count) < 0)
        {
            throw SystemError("listen");
        }

        _listeners.Add(listener);
    }

    public override void PauseAccepting() => SetAccepting(0);

    public override void ResumeAccepting() => SetAccepting(LinuxNative.EpollIn);

    public override void Wait(int milliseconds)
    {
        _eventCount = LinuxNative.EpollWait(_epoll, _events, EventsMax, milliseconds);
        if (_eventCount < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != LinuxNative.ErrorInterrupted)
            {
                throw SystemError("epoll_wait");
            }

            _eventCount = 0;
        }
    }

    public override void Dispatch(ITransportEvents events)
    {
        _now = (uint)Environment.TickCount;
        byte* next = _events;
        for (int i = 0; i < _eventCount; i++, next += LinuxNative.EpollEventSize)
        {
            uint happened = *(uint*)next;
            ulong key = *(ulong*)(next + LinuxNative.EpollDataOffset);
            if (Transports.Find(key) is { } transport)
            {
                DispatchTransport((EpollTransport)transport, happened, events);
            }
            else if (key == WakeKey)
            {
                ulong count;
                _ = LinuxNative.Read(_wake, (byte*)&count, sizeof(ulong));
            }
            else if (key is >= ListenerKeyFirst and < WakeKey)
            {
                Accept(_listeners[(int)(key - ListenerKeyFirst)], events);
            }
        }

        _eventCount = 0;
    }

    public override void Wake()
    {
        ulong one = 1;

        // The only possible failure is a counter that is full, and then the loop is awake anyway.
        _ = LinuxNative.Write(_wake, (byte*)&one, sizeof(ulong));
    }

    public override bool Attach(Transport transport)
    {
        var own = (EpollTransport)transport;
        ulong key = Transports.Add(own);
        own.Interest = Wanted(own);
        if (Control(LinuxNative.EpollAdd, own.Descriptor, own.Interest, key) == 0)
        {
            return true;
        }

        Transports.Remove(own);
        return false;
    }

    public override void Detach(Transport transport, LoopDriver target)
    {
        Control(LinuxNative.EpollDelete, ((EpollTransport)transport).Descriptor, 0, 0);
        Transports.Remove(transport);
    }

    public override int Send(Transport transport, ReadOnlySpan<byte> bytes)
    {
        var own = (EpollTransport)transport;
        nint sent;
        fixed (byte* first = bytes)
        {
            do
            {
                sent = LinuxNative.Send(own.Descriptor, first, (nuint)bytes.Length, LinuxNative.MessageNoSignal);
            }
            while (sent < 0 && Marshal.GetLastPInvokeError() == LinuxNative.ErrorInterrupted);
        }

        if (sent < 0)
        {
            if (Marshal.GetLastPInvokeError() is not (LinuxNative.ErrorAgain or LinuxNative.ErrorNoBuffers or LinuxNative.ErrorNoMemory))
            {
                return -1;
            }

            sent = 0;
        }

        own.IsWriteBlocked = sent < bytes.Length;
        ApplyInterest(own);
        return (int)sent;
    }

    public override void SetReading(Transport transport, bool reading)
    {
        transport.IsReading = reading;
        ApplyInterest((EpollTransport)transport);
    }

    public override void ShutdownSend(Transport transport) =>
        _ = LinuxNative.Shutdown(((EpollTransport)transport).Descriptor, LinuxNative.ShutdownWrite);

    public override void Close(Transport transport)
    {
        var own = (EpollTransport)transport;
        if (own.Descriptor < 0)
        {
            return;
        }

        if (own.Slot != Transport.NoSlot)
        {
            Transports.Remove(own); // closing the only descriptor of a socket takes it out of epoll
        }

        _ = LinuxNative.Close(own.Descriptor); // on Linux the descriptor is gone whatever close answers
        own.Descriptor = -1;
        own.Phase = TransportPhase.Closed;
    }

    protected override void Dispose(bool disposing)
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _ = LinuxNative.Close(_epoll);
        _ = LinuxNative.Close(_wake);
        NativeMemory.AlignedFree(_events);
        NativeMemory.AlignedFree(_buffer);
    }

    private static uint Wanted(EpollTransport transport) =>
        (transport.IsReading ? LinuxNative.EpollIn : 0) | (transport.IsWriteBlocked ? LinuxNative.EpollOut : 0);

    private static int DescriptorOf(Listener listener) => (int)listener.Socket.SafeHandle.DangerousGetHandle();

    private static Win32Exception SystemError(string call)
    {
        int error = Marshal.GetLastPInvokeError();
        return new Win32Exception(error, $"{call}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private void DispatchTransport(EpollTransport transport, uint happened, ITransportEvents events)
    {
        const uint Failed = LinuxNative.EpollError | LinuxNative.EpollHangUp;
        if (!transport.IsReading)
        {
            if ((happened & Failed) != 0)
            {
                events.Closed(transport, reset: true);
                return;
            }
        }
        else if ((happened & (LinuxNative.EpollIn | Failed)) != 0)
        {
            nint count = LinuxNative.Receive(transport.Descriptor, _buffer, ReceiveBufferSize, 0);
            if (count > 0)
            {
                if (transport.Pace.Note(_now))
                {
                    // A wish: where the kernel does not know it, everything stays as it was.
                    int off = 0;
                    _ = LinuxNative.SetSocketOption(transport.Descriptor, LinuxNative.LevelTcp, LinuxNative.QuickAcknowledgement, &off, sizeof(int));
                }

                events.Received(transport, new ReadOnlySpan<byte>(_buffer, (int)count));
            }
            else if (count == 0)
            {
                events.Closed(transport, reset: false);
            }
            else if (Marshal.GetLastPInvokeError() is not (LinuxNative.ErrorAgain or LinuxNative.ErrorInterrupted))
            {
                events.Closed(transport, reset: true);
            }
        }

        if ((happened & LinuxNative.EpollOut) != 0 && transport.Phase != TransportPhase.Closed && transport.IsWriteBlocked)
        {
            transport.IsWriteBlocked = false; // interest follows with the send that this leads to
            events.Writable(transport, 0);
        }
    }

    private void Accept(Listener listener, ITransportEvents events)
    {
        byte* address = stackalloc byte[AddressSize];
        for (int i = 0; i < AcceptsPerTurnMax && !listener.IsClosed; i++)
        {
            uint length = AddressSize;
            int descriptor = LinuxNative.Accept(
                DescriptorOf(listener), address, &length, LinuxNative.SocketNonBlocking | LinuxNative.SocketCloseOnExec);
            if (descriptor >= 0)
            {
                events.Accepted(listener, new EpollTransport(descriptor), PeerOf(new ReadOnlySpan<byte>(address, (int)length)));
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            switch (error)
            {
                case LinuxNative.ErrorAgain:
                    return;
                case LinuxNative.ErrorTooManyFiles or LinuxNative.ErrorFileTable or LinuxNative.ErrorNoMemory
                    or LinuxNative.ErrorNoBuffers or LinuxNative.ErrorNoSpace:
                    events.AcceptStarved(listener, Marshal.GetPInvokeErrorMessage(error));
                    return;
                case LinuxNative.ErrorBadDescriptor or LinuxNative.ErrorInvalid or LinuxNative.ErrorNotSocket:
                    throw SystemError("accept4");
                default:
                    break; // an error of the connection that was about to be accepted: the next one may be fine
            }
        }
    }

    private static PeerAddress PeerOf(ReadOnlySpan<byte> address)
    {
        ushort family = BitConverter.ToUInt16(address);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return family switch
        {
            FamilyIPv4 => PeerAddress.FromIPv4(address.Slice(4, 4), port),
            FamilyIPv6 => PeerAddress.FromIPv6(address.Slice(8, 16), port),
            _ => default,
        };
    }

    private void SetAccepting(uint interest)
    {
        for (int i = 0; i < _listeners.Count; i++)
        {
            if (!_listeners[i].IsClosed)
            {
                Control(LinuxNative.EpollModify, DescriptorOf(_listeners[i]), interest, ListenerKeyFirst + (uint)i);
            }
        }
    }

    private void ApplyInterest(EpollTransport transport)
    {
        uint wanted = Wanted(transport);
        if (wanted != transport.Interest)
        {
            transport.Interest = wanted;
            Control(LinuxNative.EpollModify, transport.Descriptor, wanted, Transports.KeyOf(transport));
        }
    }

    private int Control(int operation, int descriptor, uint interest, ulong key)
    {
        byte* change = stackalloc byte[16];
        *(uint*)change = interest;
        *(ulong*)(change + LinuxNative.EpollDataOffset) = key;
        return LinuxNative.EpollControl(_epoll, operation, descriptor, change);
    }
}
