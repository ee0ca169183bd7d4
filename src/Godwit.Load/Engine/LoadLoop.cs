using System.Diagnostics;
using System.Net;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Godwit.Load.Engine;

/// <summary>
/// All clients of one run on one thread and one epoll. A turn receives once from each readable connection into
/// one shared buffer, notes who may send next, and ends with one send per connection that has something to say.
/// After the first turns nothing is allocated.
/// </summary>
internal sealed unsafe partial class LoadLoop : IDisposable
{
    private const int ReceiveBufferLengthMin = 256 * 1024;
    private const int EventCountMax = 1_024;
    private const int IdleWaitMilliseconds = 50;

    private readonly Scenario _scenario;
    private readonly bool _v5;
    private readonly byte _qos;
    private readonly CancellationToken _stop;
    private readonly int _linkCount;
    private readonly Link* _links;
    private readonly int _receiveBufferLength;
    private readonly byte* _receive;
    private readonly byte* _events;
    private readonly int[] _dirty;
    private readonly int _epoll;
    private int _dirtyCount;

    internal LoadLoop(Scenario scenario, IPEndPoint broker, CancellationToken stop)
    {
        _scenario = scenario;
        _v5 = scenario.IsVersion5;
        _qos = scenario.QoS;
        _stop = stop;
        _linkCount = scenario.ConnectionCount;
        _sources = new SourceAddresses(broker, scenario.SourceAddresses);
        _broker = broker;
        _brokerAddress = SourceAddresses.ToNative(broker);
        _deliveries = new DeliveryLedger(scenario);
        _tag = Random.Shared.Next(int.MaxValue >> 20) << 20;
        _outstandingMax = Math.Min(OpenLoopOutstandingMax, Math.Max(16, OpenLoopOutstandingMaxOfAll / Math.Max(1, scenario.Publishers)));

        // Room for two packets of the largest kind, so that a whole one always fits behind the rest of another.
        _receiveBufferLength = Math.Max(ReceiveBufferLengthMin, (int)BitOperations.RoundUpToPowerOf2((uint)(4 * (scenario.PayloadLength + ushort.MaxValue))));
        _links = (Link*)NativeMemory.AllocZeroed((nuint)_linkCount, (nuint)sizeof(Link));
        _receive = (byte*)NativeMemory.Alloc((nuint)_receiveBufferLength);
        _events = (byte*)NativeMemory.Alloc(EventCountMax * 16);
        _dirty = new int[_linkCount];
        _credits = new int[_linkCount];
        _nextTick = Now + Stopwatch.Frequency;
        _epoll = Libc.EpollCreate();
    }

    /// <summary>Called once a second while the loop runs, with the time; set before it runs.</summary>
    internal Action<long>? OnSecond { get; set; }

    public void Dispose()
    {
        for (var number = 0; number < _linkCount; number++)
        {
            var link = &_links[number];
            Close(link);
            NativeMemory.Free(link->Carry);
            NativeMemory.Free(link->Out);
            NativeMemory.Free(link->Template);
            NativeMemory.Free(link->Stamps);
        }

        Libc.Close(_epoll);
        NativeMemory.Free(_links);
        NativeMemory.Free(_receive);
        NativeMemory.Free(_events);
    }

    private static long Now => Stopwatch.GetTimestamp();

    private bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Keeps the connections served, without any traffic of its own, for a time, or until the run is to stop.</summary>
    internal void Serve(TimeSpan time)
    {
        var end = Now + Nanoseconds(time);
        while (Now < end && !IsStopping)
        {
            Turn(IdleWaitMilliseconds);
        }
    }

    private static long Nanoseconds(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private void Turn(int timeoutMilliseconds)
    {
        var count = Libc.EpollWait(_epoll, _events, EventCountMax, timeoutMilliseconds);
        if (count < 0 && Libc.LastError != Libc.ErrnoInterrupted)
        {
            throw new LoadException(LoadFailure.System, $"epoll_wait failed: {Libc.Describe(Libc.LastError)}");
        }

        for (var index = 0; index < count; index++)
        {
            var entry = _events + (index * Libc.EpollEventLength);
            var events = *(uint*)entry;
            var link = &_links[*(ulong*)(entry + Libc.EpollDataOffset)];
            if (link->State == LinkState.Connecting)
            {
                FinishConnect(link);
            }
            else
            {
                if ((events & (Libc.EpollIn | Libc.EpollErr | Libc.EpollHup)) != 0)
                {
                    Receive(link);
                }

                if ((events & Libc.EpollOut) != 0 && link->WaitsToWrite)
                {
                    link->WaitsToWrite = false;
                    Libc.EpollControl(_epoll, Libc.EpollModify, link->Fd, Libc.EpollIn, (ulong)link->Number);
                    MarkDirty(link);
                }
            }
        }

        SpendCredits();
        if (Now >= _nextTick)
        {
            Tick();
        }

        Flush();
    }

    private void Receive(Link* link)
    {
        var carried = link->CarryLength;
        if (carried > 0)
        {
            Buffer.MemoryCopy(link->Carry, _receive, _receiveBufferLength, carried);
            link->CarryLength = 0;
        }

        var received = Libc.Receive(link->Fd, _receive + carried, _receiveBufferLength - carried);
        if (received <= 0)
        {
            if (received < 0 && Libc.LastError is (Libc.ErrnoAgain or Libc.ErrnoInterrupted))
            {
                KeepRest(link, _receive, carried);
                return;
            }

            throw link->State == LinkState.AwaitsConnAck
                ? new LoadException(LoadFailure.NoAnswer, $"the broker closed {Name(link)} instead of answering its CONNECT")
                : new LoadException(LoadFailure.Closed, $"the broker closed {Name(link)}");
        }

        var length = carried + (int)received;
        var used = Parse(link, _receive, length);
        KeepRest(link, _receive + used, length - used);
    }

    private void KeepRest(Link* link, byte* rest, int length)
    {
        if (length == 0)
        {
            return;
        }

        if (length >= _receiveBufferLength / 2)
        {
            throw new LoadException(LoadFailure.Misbehaved, "the broker sent a packet larger than anything that was published");
        }

        if (length > link->CarryCapacity)
        {
            link->CarryCapacity = Math.Max(256, length * 2);
            link->Carry = (byte*)NativeMemory.Realloc(link->Carry, (nuint)link->CarryCapacity);
        }

        Buffer.MemoryCopy(rest, link->Carry, link->CarryCapacity, length);
        link->CarryLength = length;
    }

    /// <summary>Room for some bytes at the end of what the link sends at the end of this turn.</summary>
    private byte* Append(Link* link, int length)
    {
        var end = link->OutLength;
        if (end + length > link->OutCapacity)
        {
            link->OutCapacity = checked(Math.Max(256, (end + length) * 2));
            link->Out = (byte*)NativeMemory.Realloc(link->Out, (nuint)link->OutCapacity);
        }

        link->OutLength += length;
        MarkDirty(link);
        return link->Out + end;
    }

    private void MarkDirty(Link* link)
    {
        if (!link->Dirty)
        {
            link->Dirty = true;
            _dirty[_dirtyCount++] = link->Number;
        }
    }

    private void Flush()
    {
        for (var index = 0; index < _dirtyCount; index++)
        {
            var link = &_links[_dirty[index]];
            link->Dirty = false;
            if (link->OutLength == 0 || link->WaitsToWrite || link->State is LinkState.Closed or LinkState.Connecting)
            {
                continue;
            }

            var sent = Libc.Send(link->Fd, link->Out, link->OutLength);
            if (sent == link->OutLength)
            {
                link->OutLength = 0;
                continue;
            }

            if (sent < 0)
            {
                if (Libc.LastError is not (Libc.ErrnoAgain or Libc.ErrnoInterrupted))
                {
                    throw new LoadException(LoadFailure.Closed, $"the broker closed {Name(link)} while it was written to");
                }

                sent = 0;
            }

            link->OutLength -= (int)sent;
            Buffer.MemoryCopy(link->Out + sent, link->Out, link->OutCapacity, link->OutLength);
            link->WaitsToWrite = true;
            Libc.EpollControl(_epoll, Libc.EpollModify, link->Fd, Libc.EpollIn | Libc.EpollOut, (ulong)link->Number);
        }

        _dirtyCount = 0;
    }
}
