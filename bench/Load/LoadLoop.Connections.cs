using System.Globalization;

namespace Godwit.Load;

internal sealed unsafe partial class LoadLoop
{
    /// <summary>How many connections may be between their SYN and their CONNACK or SUBACK.</summary>
    private const int OpeningCountMax = 100;

    // One source address has some 28,000 ports, of which recently closed connections hold some for a minute.
    private const int ConnectionsPerSourceHost = 4_000;
    private const int SourceHostCount = 250;

    private const int ClientIdLengthMax = 23;
    private static readonly TimeSpan ProgressTimeout = TimeSpan.FromSeconds(20);

    private int _openingCount;
    private int _readyCount;
    private int _openedCount;

    /// <summary>What a subscriber subscribes to: this, and its number where <see cref="NumbersFilters"/>.</summary>
    internal string FilterPrefix { get; init; } = "";

    internal bool NumbersFilters { get; init; } = true;

    internal byte QoS { get; init; }

    /// <summary>Connects, and subscribes if that is the role, links first to first + count - 1; returns when all are served.</summary>
    internal void Open(int first, int count, LinkRole role)
    {
        var next = first;
        var wanted = _readyCount + count;
        var progress = _readyCount;
        var deadline = Now + Nanoseconds(ProgressTimeout);
        while (_readyCount < wanted)
        {
            while (_openingCount < OpeningCountMax && next < first + count)
            {
                BeginConnect(next++, role);
            }

            Turn(IdleWaitMilliseconds);
            if (_readyCount != progress)
            {
                progress = _readyCount;
                deadline = Now + Nanoseconds(ProgressTimeout);
            }
            else if (Now > deadline)
            {
                throw new LoadException($"only {_readyCount} of {wanted} connections were served, then none for {ProgressTimeout.TotalSeconds} s");
            }
        }
    }

    /// <summary>Says DISCONNECT on every connection and closes it.</summary>
    internal void CloseAll()
    {
        var packet = stackalloc byte[2];
        packet[0] = 0xE0;
        packet[1] = 0;
        for (var number = 0; number < _linkCount; number++)
        {
            var link = &_links[number];
            if (link->State == LinkState.Ready && link->OutLength == 0)
            {
                _ = Libc.Send(link->Fd, packet, 2);
            }

            Close(link);
        }

        _readyCount = 0;
        _openingCount = 0;
    }

    private static void Close(Link* link)
    {
        if (link->State != LinkState.Closed)
        {
            Libc.Close(link->Fd);
            link->State = LinkState.Closed;
            link->OutLength = 0;
            link->CarryLength = 0;
            link->WaitsToWrite = false;
        }
    }

    private void BeginConnect(int number, LinkRole role)
    {
        var link = &_links[number];
        link->Number = number;
        link->Role = role;
        link->Fd = Libc.OpenSocket((byte)(1 + (_openedCount++ / ConnectionsPerSourceHost % SourceHostCount)));
        link->State = LinkState.Connecting;
        _openingCount++;
        var error = Libc.Connect(link->Fd, _port);
        if (error is not (0 or Libc.ErrnoInProgress))
        {
            throw new LoadException($"connect failed: errno {error}");
        }

        Libc.EpollControl(_epoll, Libc.EpollAdd, link->Fd, Libc.EpollIn | Libc.EpollOut, (ulong)number);
    }

    private void FinishConnect(Link* link)
    {
        var error = Libc.SocketError(link->Fd);
        if (error != 0)
        {
            throw new LoadException($"connection {link->Number} was refused: errno {error}");
        }

        Libc.EpollControl(_epoll, Libc.EpollModify, link->Fd, Libc.EpollIn, (ulong)link->Number);
        link->State = LinkState.AwaitsConnAck;
        var clientId = "load-" + link->Number.ToString(CultureInfo.InvariantCulture);
        Span<byte> packet = stackalloc byte[32 + ClientIdLengthMax];
        Say(link, packet[..Wire.WriteConnect(packet, _v5, clientId, _row.IsPersistent)]);
    }

    private void FinishConnAck(Link* link)
    {
        if (link->Role == LinkRole.Subscriber)
        {
            link->State = LinkState.AwaitsSubAck;
            Span<byte> packet = stackalloc byte[128];
            Say(link, packet[..Wire.WriteSubscribe(packet, _v5, TopicOf(link->Number), QoS)]);
        }
        else
        {
            FinishOpen(link);
        }
    }

    private void FinishOpen(Link* link)
    {
        link->State = LinkState.Ready;
        _openingCount--;
        _readyCount++;
    }

    private string TopicOf(int number)
        => NumbersFilters ? FilterPrefix + number.ToString(CultureInfo.InvariantCulture) : FilterPrefix;

    private void Say(Link* link, ReadOnlySpan<byte> packet)
        => packet.CopyTo(new Span<byte>(Append(link, packet.Length), packet.Length));
}
