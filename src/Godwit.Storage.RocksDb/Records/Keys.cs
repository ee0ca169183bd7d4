using System.Buffers.Binary;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>Keys of the tables. Numbers are big-endian, so that records of one journal or session lie together and in order.</summary>
internal static class Keys
{
    /// <summary>Length of a key that begins with two numbers.</summary>
    public const int PairLength = 16;

    public static ReadOnlySpan<byte> Format => "format"u8;

    public static ReadOnlySpan<byte> Epoch => "epoch"u8;

    /// <summary>A number alone: a journal, a session.</summary>
    public static ReadOnlySpan<byte> Number(long number, Span<byte> room)
    {
        BinaryPrimitives.WriteInt64BigEndian(room, number);
        return room[..8];
    }

    /// <summary>Two numbers: a journal and the first index of an entry, a session and a journal.</summary>
    public static ReadOnlySpan<byte> Pair(long first, long second, Span<byte> room)
    {
        BinaryPrimitives.WriteInt64BigEndian(room, first);
        BinaryPrimitives.WriteInt64BigEndian(room[8..], second);
        return room[..PairLength];
    }

    /// <summary>A session and a packet identifier.</summary>
    public static ReadOnlySpan<byte> Outbound(long session, ushort packetIdentifier, Span<byte> room)
    {
        BinaryPrimitives.WriteInt64BigEndian(room, session);
        BinaryPrimitives.WriteUInt16BigEndian(room[8..], packetIdentifier);
        return room[..10];
    }

    /// <summary>The number in front of a key.</summary>
    public static long NumberOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key);

    /// <summary>The second number of a key.</summary>
    public static long SecondOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadInt64BigEndian(key[8..]);
}
