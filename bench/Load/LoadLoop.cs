using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Godwit.Load;

/// <summary>
/// All clients of one measurement on one thread and one epoll. A turn receives once from each readable connection into
/// one shared buffer, notes who may send next, and ends with one send per connection that has something to say.
/// After the first turns nothing is allocated.
/// </summary>
internal sealed unsafe partial class LoadLoop : IDisposable
{
    private const int ReceiveBufferLength = 256 * 1024;
    private const int EventCountMax = 1_024;
    private const int IdleWaitMilliseconds = 50;

    private readonly ushort _port;
    private readonly bool _v5;
    private readonly CancellationToken _cancellation;
    private readonly int _linkCount;
    private readonly Link* _links;
    private readonly byte* _receive;
    private readonly byte* _events;
    private readonly int[] _dirty;
    private readonly int _epoll;
    private int _dirtyCount;

    internal LoadLoop(ushort port, bool v5, int linkCount, CancellationToken cancellation)
    {
        _port = port;
        _v5 = v5;
        _cancellation = cancellation;
        _linkCount = linkCount;
        _links = (Link*)NativeMemory.AllocZeroed((nuint)linkCount, (nuint)sizeof(Link));
        _receive = (byte*)NativeMemory.Alloc(ReceiveBufferLength);
        _events = (byte*)NativeMemory.Alloc(EventCountMax * 16);
        _dirty = new int[linkCount];
        _credits = new int[linkCount];
        _epoll = Libc.EpollCreate();
    }

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

    /// <summary>Keeps the connections served, without any traffic of its own, for a time.</summary>
    internal void Serve(TimeSpan time)
    {
        var end = Now + Nanoseconds(time);
        while (Now < end)
        {
            Turn(IdleWaitMilliseconds);
        }
    }

    private static long Nanoseconds(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private void Turn(int timeoutMilliseconds)
    {
        _cancellation.ThrowIfCancellationRequested();
        var count = Libc.EpollWait(_epoll, _events, EventCountMax, timeoutMilliseconds);
        if (count < 0 && Libc.LastError != Libc.ErrnoInterrupted)
        {
            throw new LoadException($"epoll_wait failed: errno {Libc.LastError}");
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
        Flush();
    }

    private void Receive(Link* link)
    {
        var carried = link->CarryLength;
        if (carried > 0)
        {
            Buffer.MemoryCopy(link->Carry, _receive, ReceiveBufferLength, carried);
            link->CarryLength = 0;
        }

        var received = Libc.Receive(link->Fd, _receive + carried, ReceiveBufferLength - carried);
        if (received <= 0)
        {
            if (received < 0 && Libc.LastError is (Libc.ErrnoAgain or Libc.ErrnoInterrupted))
            {
                KeepRest(link, _receive, carried);
                return;
            }

            throw new LoadException($"the broker closed connection {link->Number} ({link->Role}, {link->State})");
        }

        var length = carried + (int)received;
        var used = Parse(link, _receive, length);
        KeepRest(link, _receive + used, length - used);
    }

    private static void KeepRest(Link* link, byte* rest, int length)
    {
        if (length == 0)
        {
            return;
        }

        if (length >= ReceiveBufferLength / 2)
        {
            throw new LoadException("the broker sent a packet larger than anything that was published");
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
            link->OutCapacity = Math.Max(256, (end + length) * 2);
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
                    throw new LoadException($"the broker closed connection {link->Number} ({link->Role}) while it was written to");
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
