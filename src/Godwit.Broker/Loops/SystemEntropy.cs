using System.Buffers.Binary;
using System.Security.Cryptography;
using Godwit.Broker.Loops.Epoll;
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
        if (!TryFillFromKernel(bytes))
        {
            RandomNumberGenerator.Fill(bytes);
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    // The generator of .NET loads OpenSSL: 5 MB and a tenth of the time to start, for bytes that the kernel hands out as well. Up to 256
    // of them come whole once the kernel's pool is ready, else the call waits for that; a signal may end the wait.
    private static unsafe bool TryFillFromKernel(Span<byte> bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        fixed (byte* start = bytes)
        {
            return LinuxNative.GetRandom(start, (nuint)bytes.Length, flags: 0) == bytes.Length;
        }
    }
}
