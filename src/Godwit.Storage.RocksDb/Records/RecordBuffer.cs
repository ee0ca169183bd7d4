using System.Buffers.Binary;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>A record, or a key, while it is written. Numbers are unsigned, seven bits a byte, the lowest first; what sorts is big-endian.</summary>
internal sealed class RecordBuffer
{
    private byte[] _bytes = new byte[256];

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Count);

    public void Clear() => Count = 0;

    public void Byte(byte value)
    {
        Reserve(1);
        _bytes[Count++] = value;
    }

    public void Number(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _bytes[Count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[Count++] = (byte)value;
    }

    /// <summary>A number that is never negative.</summary>
    public void Number(long value) => Number((ulong)value);

    /// <summary>A number that may be negative: small ones of either sign are short.</summary>
    public void Signed(long value) => Number((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Bytes with their length in front.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Number((ulong)value.Length);
        Raw(value);
    }

    public void Raw(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_bytes.AsSpan(Count));
        Count += value.Length;
    }

    public void SortableInt64(long value)
    {
        Reserve(8);
        BinaryPrimitives.WriteInt64BigEndian(_bytes.AsSpan(Count), value);
        Count += 8;
    }

    public void SortableUInt16(ushort value)
    {
        Reserve(2);
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(Count), value);
        Count += 2;
    }

    private void Reserve(int more)
    {
        if (_bytes.Length - Count < more)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Count + more));
        }
    }
}
