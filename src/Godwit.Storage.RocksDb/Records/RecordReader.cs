using System.Buffers.Binary;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>Reads what <see cref="RecordBuffer"/> has written. Throws when a record is shorter than it says.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> record, string what)
{
    private ReadOnlySpan<byte> _rest = record;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>The version in front of each record; one that this build does not know is an error.</summary>
    public byte Version(byte known)
    {
        byte version = Byte();
        return version >= 1 && version <= known
            ? version
            : throw new StoreException(
                $"A record of the store ({what}) has version {version}; this build knows versions up to {known}. Start the newer build that wrote it, or restore a backup.",
                StoreFault.NewerFormat);
    }

    public byte Byte()
    {
        Need(1);
        byte value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public ulong UInt64()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    public long Number()
    {
        long value = (long)UInt64();
        return value >= 0 ? value : throw Damaged();
    }

    public long Signed()
    {
        ulong value = UInt64();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ReadOnlySpan<byte> Bytes()
    {
        long length = Number();
        Need(length);
        var value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return value;
    }

    public long SortableInt64()
    {
        Need(8);
        long value = BinaryPrimitives.ReadInt64BigEndian(_rest);
        _rest = _rest[8..];
        return value;
    }

    public ushort SortableUInt16()
    {
        Need(2);
        ushort value = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        _rest = _rest[2..];
        return value;
    }

    public readonly ReadOnlySpan<byte> Rest => _rest;

    private readonly void Need(long count)
    {
        if (count > _rest.Length)
        {
            throw Damaged();
        }
    }

    public readonly StoreException Damaged() => new(
        $"A record of the store ({what}) is damaged. Run 'godwit-server store check' on the data directory, and restore a backup if it finds more.",
        StoreFault.Corruption);
}
