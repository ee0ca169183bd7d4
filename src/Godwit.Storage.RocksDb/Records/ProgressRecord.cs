using Godwit.Engine.Durability;
using Godwit.Protocol;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>How far a session has come, on disk: one record, and in a wide session one more per cursor.</summary>
internal sealed class ProgressRecord
{
    private const byte Known = 1;
    private const byte Wide = 1;
    private const byte QoSMask = 0b0011;
    private const byte Released = 0b0100;
    private const byte Retain = 0b1000;

    private readonly List<StoredCursor> _cursors = [];
    private readonly List<StoredGap> _gaps = [];
    private readonly List<StoredExchange> _exchanges = [];
    private readonly List<ushort> _inbound = [];
    private readonly List<StoredReplay> _replays = [];
    private bool _isWide;
    private ushort _lastPacketIdentifier;

    /// <summary>The session's record.</summary>
    public static void Write(RecordBuffer record, in SessionProgress progress)
    {
        record.Byte(Known);
        record.Byte(progress.IsWide ? Wide : (byte)0);
        record.Number(progress.LastPacketIdentifier);
        var cursors = progress.IsWide ? [] : progress.Cursors;
        record.Number(cursors.Length);
        foreach (ref readonly var cursor in cursors)
        {
            record.Number(cursor.Journal);
            WriteCursor(record, in cursor, progress.Gaps);
        }

        record.Number(progress.Exchanges.Length);
        foreach (ref readonly var exchange in progress.Exchanges)
        {
            record.Number(exchange.PacketIdentifier);
            record.Number(exchange.Order);
            record.Byte((byte)((byte)exchange.QoS | (exchange.Released ? Released : 0) | (exchange.Retain ? Retain : 0)));
            record.Number(exchange.Journal);
            record.Number(exchange.Index);
        }

        record.Number(progress.Inbound.Length);
        foreach (ushort identifier in progress.Inbound)
        {
            record.Number(identifier);
        }

        record.Number(progress.Replays.Length);
        foreach (ref readonly var replay in progress.Replays)
        {
            record.Bytes(replay.RequestedFilter);
            record.Number(replay.Fence);
            record.Byte(replay.Position is null ? (byte)0 : (byte)1);
            record.Bytes(replay.Position);
        }
    }

    /// <summary>The record of one cursor of a wide session; its journal is part of the key.</summary>
    public static void WriteWideCursor(RecordBuffer record, in StoredCursor cursor, ReadOnlySpan<StoredGap> gaps)
    {
        record.Byte(Known);
        WriteCursor(record, in cursor, gaps);
    }

    public void Clear()
    {
        _cursors.Clear();
        _gaps.Clear();
        _exchanges.Clear();
        _inbound.Clear();
        _replays.Clear();
        _isWide = false;
        _lastPacketIdentifier = 0;
    }

    public void Read(ReadOnlySpan<byte> value)
    {
        var record = new RecordReader(value, "progress");
        record.Version(Known);
        _isWide = (record.Byte() & Wide) != 0;
        _lastPacketIdentifier = (ushort)record.Number();
        for (long count = record.Number(); count > 0; count--)
        {
            ReadCursor(record.Number(), ref record);
        }

        for (long count = record.Number(); count > 0; count--)
        {
            ushort identifier = (ushort)record.Number();
            uint order = (uint)record.Number();
            byte flags = record.Byte();
            _exchanges.Add(new StoredExchange(
                identifier, order, (QualityOfService)(flags & QoSMask), (flags & Released) != 0, (flags & Retain) != 0, record.Number(), record.Number()));
        }

        // The numbers start again after the largest: what is on its way at a time lies close together.
        if (_exchanges.Count > 1)
        {
            uint oldest = _exchanges[0].Order - (uint)int.MaxValue;
            _exchanges.Sort((left, right) => (left.Order - oldest).CompareTo(right.Order - oldest));
        }

        for (long count = record.Number(); count > 0; count--)
        {
            _inbound.Add((ushort)record.Number());
        }

        for (long count = record.Number(); count > 0; count--)
        {
            byte[] filter = record.Bytes().ToArray();
            long fence = record.Number();
            bool hasPosition = record.Byte() != 0;
            byte[] position = record.Bytes().ToArray();
            _replays.Add(new StoredReplay(filter, fence, hasPosition ? position : null));
        }
    }

    public void ReadWideCursor(long journal, ReadOnlySpan<byte> value)
    {
        var record = new RecordReader(value, "cursor");
        record.Version(Known);
        ReadCursor(journal, ref record);
    }

    public SessionProgress AsProgress() => new()
    {
        IsWide = _isWide,
        LastPacketIdentifier = _lastPacketIdentifier,
        Cursors = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_cursors),
        Gaps = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_gaps),
        Exchanges = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_exchanges),
        Inbound = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_inbound),
        Replays = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_replays),
    };

    private static void WriteCursor(RecordBuffer record, in StoredCursor cursor, ReadOnlySpan<StoredGap> gaps)
    {
        record.Number(cursor.Position);

        // Most have no end: 0 stands for that.
        record.Number(cursor.End == long.MaxValue ? 0 : cursor.End + 1);
        int count = 0;
        foreach (ref readonly var gap in gaps)
        {
            count += gap.Journal == cursor.Journal ? 1 : 0;
        }

        record.Number(count);
        foreach (ref readonly var gap in gaps)
        {
            if (gap.Journal == cursor.Journal)
            {
                record.Number(gap.From);
                record.Number(gap.To);
            }
        }
    }

    private void ReadCursor(long journal, ref RecordReader record)
    {
        long position = record.Number();
        long end = record.Number();
        _cursors.Add(new StoredCursor(journal, position, end == 0 ? long.MaxValue : end - 1));
        for (long count = record.Number(); count > 0; count--)
        {
            _gaps.Add(new StoredGap(journal, record.Number(), record.Number()));
        }
    }
}
