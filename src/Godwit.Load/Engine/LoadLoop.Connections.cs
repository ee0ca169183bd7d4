using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Load.Engine;

/// <summary>Opening, keeping and closing connections.</summary>
internal sealed unsafe partial class LoadLoop
{
    private readonly SourceAddresses _sources;
    private readonly IPEndPoint _broker;
    private readonly byte[] _brokerAddress;
    private readonly byte[] _scratch = new byte[Wire.ControlLengthMax];
    private int _openingCount;
    private int _openedCount;
    private int _openRateFirst;
    private long _openRateStart;
    private long _nextTick;
    private long _second;
    private ushort _keepAlive;
    private bool _endsSessions;

    /// <summary>Connections that are served: CONNACK and, for subscribers, SUBACK have come.</summary>
    internal int ReadyCount { get; private set; }

    /// <summary>From the SYN, or from when it was due, to the CONNACK.</summary>
    internal Histogram ConnectLatency { get; } = new();

    /// <summary>Connects, and subscribes if that is the role, links first to first + count - 1.</summary>
    /// <returns>True when all are served, false when the run is to stop.</returns>
    internal bool Open(int first, int count, LinkRole role)
    {
        var next = first;
        var wanted = ReadyCount + count;
        var progress = ReadyCount;
        var deadline = Now + Nanoseconds(_scenario.ConnectPatience);
        var rate = _scenario.ConnectRatePerSecond;
        _openRateStart = Now;
        _openRateFirst = first;
        _keepAlive = _scenario.KeepAlive;
        while (ReadyCount < wanted)
        {
            if (IsStopping && !_endsSessions)
            {
                return false;
            }

            var end = rate > 0 ? (int)Math.Min(first + count, first + 1 + ((Now - _openRateStart) * rate / Stopwatch.Frequency)) : first + count;
            while (_openingCount < _scenario.ConnectWindow && next < end)
            {
                BeginConnect(next++, role);
            }

            Turn(rate > 0 ? 1 : IdleWaitMilliseconds);
            if (ReadyCount != progress || _openingCount == 0)
            {
                progress = ReadyCount;
                deadline = Now + Nanoseconds(_scenario.ConnectPatience);
            }
            else if (Now > deadline)
            {
                throw new LoadException(
                    ReadyCount == 0 ? LoadFailure.Unreachable : LoadFailure.NoAnswer,
                    $"only {ReadyCount} of {_linkCount} connections were served, then none for {_scenario.ConnectPatience.TotalSeconds} s");
            }
        }

        return true;
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

        ReadyCount = 0;
        _openingCount = 0;
    }

    /// <summary>Comes back with clean sessions and leaves, so that no session stays behind at the broker.</summary>
    internal void EndSessions()
    {
        CloseAll();
        _endsSessions = true;
        Open(0, _linkCount, LinkRole.Silent);
        CloseAll();
        _endsSessions = false;
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

    private static string Name(Link* link) => link->Role switch
    {
        LinkRole.Publisher => $"connection {link->Number}, a publisher",
        LinkRole.Subscriber => $"connection {link->Number}, a subscriber",
        _ => $"connection {link->Number}",
    };

    private string ClientIdOf(int number) => _scenario.ClientId.Expand(number, "");

    private void BeginConnect(int number, LinkRole role)
    {
        var link = &_links[number];
        link->Number = number;
        link->Role = role;
        var source = _sources.Next(_openedCount++);
        link->Fd = Libc.OpenSocket(_broker.AddressFamily == AddressFamily.InterNetworkV6, source);
        link->State = LinkState.Connecting;
        link->OpenedAt = _scenario.ConnectRatePerSecond > 0
            ? _openRateStart + (long)((number - _openRateFirst) * (Stopwatch.Frequency / _scenario.ConnectRatePerSecond))
            : Now;
        _openingCount++;
        var error = Libc.Connect(link->Fd, _brokerAddress);
        if (error is not (0 or Libc.ErrnoInProgress))
        {
            throw ConnectFailed(error);
        }

        Libc.EpollControl(_epoll, Libc.EpollAdd, link->Fd, Libc.EpollIn | Libc.EpollOut, (ulong)number);
    }

    private LoadException ConnectFailed(int error) => error is Libc.ErrnoAddressNotAvailable or Libc.ErrnoAddressInUse
        ? new LoadException(LoadFailure.Ports, $"there is no free port any more for connection {_openedCount - 1} to {_broker}")
        : new LoadException(LoadFailure.Unreachable, $"{_broker} cannot be reached: {Libc.Describe(error)}");

    private void FinishConnect(Link* link)
    {
        var error = Libc.SocketError(link->Fd);
        if (error != 0)
        {
            throw ConnectFailed(error);
        }

        Libc.EpollControl(_epoll, Libc.EpollModify, link->Fd, Libc.EpollIn, (ulong)link->Number);
        link->State = LinkState.AwaitsConnAck;
        Say(link, Wire.WriteConnect(_scratch, _scenario, ClientIdOf(link->Number), !_scenario.IsPersistent || _endsSessions));
    }

    private void FinishConnAck(Link* link, ReadOnlySpan<byte> body, long now)
    {
        if (body[1] != 0)
        {
            throw new LoadException(LoadFailure.Refused, $"the broker refused connection {link->Number}", _v5 ? body[1] : FromReturnCode(body[1]));
        }

        ConnectLatency.Record(now - link->OpenedAt);
        var said = ConnAck.Default;
        if (_v5 && !ConnAck.TryRead(body, out said))
        {
            throw new LoadException(LoadFailure.Misbehaved, "the broker sent a CONNACK whose properties are malformed");
        }

        _keepAlive = said.ServerKeepAlive is { } own && (_keepAlive == 0 || own < _keepAlive) ? own : _keepAlive;
        Check(said, link->Role);
        if (link->Role == LinkRole.Subscriber)
        {
            link->State = LinkState.AwaitsSubAck;
            Say(link, Wire.WriteSubscribe(_scratch, _v5, FilterOf(link->Number), _qos));
        }
        else
        {
            FinishOpen(link);
        }
    }

    private void Check(ConnAck said, LinkRole role)
    {
        if (role != LinkRole.Silent && said.MaximumQoS < _qos)
        {
            throw new LoadException(LoadFailure.Unsupported, $"the broker takes messages up to QoS {said.MaximumQoS}, not QoS {_qos}");
        }

        if (role == LinkRole.Subscriber && _scenario.Kind == ScenarioKind.Shared && !said.HasSharedSubscriptions)
        {
            throw new LoadException(LoadFailure.Unsupported, "the broker has no shared subscriptions");
        }

        if (role == LinkRole.Publisher)
        {
            if (_qos > 0 && said.ReceiveMaximum < _scenario.Window)
            {
                throw new LoadException(
                    LoadFailure.Unsupported, $"the broker takes {said.ReceiveMaximum} messages of a client at a time (Receive Maximum), not a window of {_scenario.Window}");
            }

            _outstandingMax = Math.Min(_outstandingMax, said.ReceiveMaximum);
            _maximumPacketSize = Math.Min(_maximumPacketSize, said.MaximumPacketSize);
        }
    }

    // 3.1.1, section 3.2.2.3.
    private static byte FromReturnCode(byte code) => code switch
    {
        1 => 0x84,
        2 => 0x85,
        3 => 0x88,
        4 => 0x86,
        5 => 0x87,
        _ => 0x80,
    };

    private void FinishOpen(Link* link)
    {
        link->State = LinkState.Ready;
        _openingCount--;
        ReadyCount++;
    }

    private string TopicOf(int number, int connection) => _scenario.Topic.Expand(number, ClientIdOf(connection));

    private string FilterOf(int number) => _scenario.Kind switch
    {
        ScenarioKind.Pairs => TopicOf(number, _scenario.Subscribers + number),
        ScenarioKind.Idle => TopicOf(number, number),
        ScenarioKind.Shared => $"$share/{_scenario.Group}/{_scenario.Topic.ToFilter()}",
        _ => _scenario.Topic.ToFilter()!,
    };

    private void Say(Link* link, int length)
        => _scratch.AsSpan(0, length).CopyTo(new Span<byte>(Append(link, length), length));

    /// <summary>Once a second: PINGREQ on the connections whose turn it is, and whoever wants to know.</summary>
    private void Tick()
    {
        _nextTick = Now + Stopwatch.Frequency;
        _second++;
        if (_keepAlive > 0)
        {
            var period = Math.Max(1, _keepAlive / 2);
            for (var number = (int)(_second % period); number < _linkCount; number += period)
            {
                var link = &_links[number];
                if (link->State == LinkState.Ready)
                {
                    var packet = Append(link, 2);
                    packet[0] = 0xC0;
                    packet[1] = 0;
                }
            }
        }

        OnSecond?.Invoke(Now);
    }
}
