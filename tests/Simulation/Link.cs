using Godwit.Engine.Connections;

namespace Godwit.Simulation;

/// <summary>
/// A network connection: bytes take time in either direction, arrive in pieces, and may be cut or swallowed. The client's side calls
/// <see cref="Send"/> and <see cref="CloseByClient"/>; the broker's side is served by <see cref="SimulatedBroker"/>.
/// </summary>
internal sealed class Link(Agenda agenda, Chance chance, SimulatedBroker broker)
{
    private readonly List<byte> _arrived = [];
    private readonly Queue<byte[]> _unread = new();
    private readonly Queue<byte[]> _underWay = new();
    private long _upAt;
    private long _downAt;
    private int _inFlightDown;

    /// <summary>Bytes for the client.</summary>
    public Action<byte[]> Received { get; set; } = _ => { };

    /// <summary>The client learns that the connection has ended.</summary>
    public Action Closed { get; set; } = () => { };

    /// <summary>The engine's side.</summary>
    public Connection Connection { get; set; } = null!;

    /// <summary>The broker has been told, or has itself decided, that this connection is over.</summary>
    public bool IsOverForBroker { get; private set; }

    /// <summary>No byte gets through any more in either direction, and nobody is told.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>Cut: what is under way is lost.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The client reads nothing for now.</summary>
    public bool IsStalled { get; private set; }

    /// <summary>The client has said all it had to say.</summary>
    public bool HasClientClosed { get; private set; }

    /// <summary>The broker's send buffer: beyond, its sends block.</summary>
    public int Capacity { get; init; } = 64 * 1024;

    public bool IsWriteBlocked { get; set; }

    public int Room => Capacity - _inFlightDown;

    public bool HasInput => _arrived.Count > 0;

    public bool IsEndVisible { get; private set; }

    public void Send(byte[] bytes)
    {
        if (IsSilent || IsCut)
        {
            return;
        }

        // In one piece or in two, cut anywhere.
        int first = bytes.Length > 1 && chance.Percent(15) ? chance.Between(1, bytes.Length - 1) : bytes.Length;
        Transmit(bytes[..first]);
        if (first < bytes.Length)
        {
            Transmit(bytes[first..]);
        }
    }

    /// <summary>The client closes behind everything that it has sent.</summary>
    public void CloseByClient()
    {
        HasClientClosed = true;
        _upAt = Math.Max(_upAt, agenda.Now + chance.Between(1, 20));
        agenda.At(_upAt, () =>
        {
            if (!IsSilent && !IsCut)
            {
                IsEndVisible = true;
                broker.ScheduleFor(this);
            }
        });
    }

    /// <summary>The connection is torn: of what is under way some arrives and the rest is lost; both sides learn of it soon.</summary>
    public void Cut()
    {
        if (IsCut)
        {
            return;
        }

        IsCut = true;
        agenda.After(chance.Between(0, 50), () => broker.Reset(this));
        agenda.After(chance.Between(0, 50), () => Closed());
    }

    /// <summary>The client reads nothing for a while.</summary>
    public void Stall(long duration)
    {
        IsStalled = true;
        agenda.After(duration, () =>
        {
            IsStalled = false;
            while (!IsStalled && _unread.TryDequeue(out byte[]? piece))
            {
                Arrive(piece);
            }
        });
    }

    /// <summary>From now on nothing gets through.</summary>
    public void Silence() => IsSilent = true;

    /// <summary>The broker takes what has arrived.</summary>
    public byte[] TakeInput()
    {
        byte[] bytes = [.. _arrived];
        _arrived.Clear();
        return bytes;
    }

    /// <summary>The broker sends; answers how many bytes went out.</summary>
    public int SendDown(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, Room);
        if (count <= 0)
        {
            return 0;
        }

        byte[] piece = bytes[..count].ToArray();
        _inFlightDown += count;
        _downAt = Math.Max(_downAt, agenda.Now + chance.Between(1, 30));
        _underWay.Enqueue(piece);
        agenda.At(_downAt, () =>
        {
            if (_underWay.TryPeek(out byte[]? next) && ReferenceEquals(next, piece))
            {
                _underWay.Dequeue();
                Arrive(piece);
            }
        });
        return count;
    }

    /// <summary>The broker closes behind everything that it has sent, or at once.</summary>
    public void CloseByBroker()
    {
        if (IsOverForBroker)
        {
            return;
        }

        IsOverForBroker = true;
        _downAt = Math.Max(_downAt, agenda.Now + chance.Between(1, 30));
        agenda.At(_downAt, () =>
        {
            if (!IsSilent && !IsCut)
            {
                Closed();
            }
        });
    }

    /// <summary>The broker has died: of what it had sent some still arrives, in its order, then the client learns of the end.</summary>
    public void Crash()
    {
        IsOverForBroker = true;
        if (!IsCut && !IsSilent && !IsStalled)
        {
            for (int count = chance.Percent(50) ? 0 : chance.Below(_underWay.Count + 1); count > 0 && !IsCut; count--)
            {
                Received(_underWay.Dequeue());
            }
        }

        IsCut = true;
    }

    /// <summary>The broker has been told of the end.</summary>
    public void EndForBroker() => IsOverForBroker = true;

    private void Transmit(byte[] piece)
    {
        _upAt = Math.Max(_upAt, agenda.Now + chance.Between(1, 30));
        agenda.At(_upAt, () =>
        {
            // What was on its way when the cable was cut is lost.
            if (!IsSilent && !IsCut && !IsOverForBroker)
            {
                _arrived.AddRange(piece);
                broker.ScheduleFor(this);
            }
        });
    }

    private void Arrive(byte[] piece)
    {
        if (IsCut || IsSilent)
        {
            return;
        }

        if (IsStalled)
        {
            _unread.Enqueue(piece);
            return;
        }

        _inFlightDown -= piece.Length;
        Received(piece);
        if (IsWriteBlocked && !IsOverForBroker)
        {
            broker.ScheduleFor(this);
        }
    }
}
