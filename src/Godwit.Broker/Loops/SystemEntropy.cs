using System.Buffers.Binary;
using System.Security.Cryptography;
using Godwit.Engine;

namespace Godwit.Broker.Loops;

/// <summary>Chance from the operating system: hash seeds and assigned client identifiers must not be guessable.</summary>
internal sealed class SystemEntropy : IEntropySource
{
    public static readonly SystemEntropy Instance = new();

    private SystemEntropy()
    {
    }

    public ulong NextUInt64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
