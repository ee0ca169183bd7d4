using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Godwit.Engine.Messages;

/// <summary>
/// Seeded 64-bit hash of topic bytes: eight bytes per multiplication. The seed is drawn once per broker, so that nobody
/// outside can choose topics that collide. Not for anything that is stored.
/// </summary>
internal static class TopicHash
{
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xD6E8FEB86659FD93;

    public static ulong Compute(ReadOnlySpan<byte> bytes, ulong seed)
    {
        ulong hash = seed ^ ((ulong)bytes.Length * First);
        while (bytes.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        if (bytes.Length >= 4)
        {
            ulong tail = BinaryPrimitives.ReadUInt32LittleEndian(bytes) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) << 32);
            hash = Mix(hash ^ tail ^ Second);
        }
        else if (bytes.Length > 0)
        {
            ulong tail = bytes[0] | ((ulong)bytes[bytes.Length >> 1] << 8) | ((ulong)bytes[^1] << 16);
            hash = Mix(hash ^ tail ^ Second);
        }

        return hash;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, First, out ulong low);
        return high ^ low ^ Second;
    }
}
