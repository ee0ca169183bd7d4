using System.Numerics;

namespace Godwit.Engine.Messages;

/// <summary>
/// Byte buffers for output and half-received packets, in powers of four from 1 KiB to 1 MiB, one pool per loop; larger
/// ones come from the collector. A connection holds one only while bytes wait in it.
/// </summary>
internal sealed class BufferPool
{
    private const int SmallestShift = 10;
    private const int ShiftStep = 2;
    private const int ClassCount = 6;
    private const int KeptBytesPerClass = 4 * 1024 * 1024;

    // The smallest buffers serve a fan-out to many: what 16,384 subscribers need at once is kept.
    private const int KeptBytesSmallest = 16 * 1024 * 1024;

    private readonly Stack<byte[]>[] _free = [new(), new(), new(), new(), new(), new()];

    public byte[] Rent(int size)
    {
        int sizeClass = ClassOf(size);
        if (sizeClass >= ClassCount)
        {
            return GC.AllocateUninitializedArray<byte>(size);
        }

        return _free[sizeClass].TryPop(out var buffer)
            ? buffer
            : GC.AllocateUninitializedArray<byte>(1 << (SmallestShift + (sizeClass * ShiftStep)));
    }

    public void Return(byte[] buffer)
    {
        int sizeClass = ClassOf(buffer.Length);
        if (sizeClass < ClassCount
            && buffer.Length == 1 << (SmallestShift + (sizeClass * ShiftStep))
            && (_free[sizeClass].Count + 1) * (long)buffer.Length <= (sizeClass == 0 ? KeptBytesSmallest : KeptBytesPerClass))
        {
            _free[sizeClass].Push(buffer);
        }
    }

    private static int ClassOf(int size)
    {
        if (size <= 1 << SmallestShift)
        {
            return 0;
        }

        int bits = 32 - BitOperations.LeadingZeroCount((uint)(size - 1));
        return (bits - SmallestShift + ShiftStep - 1) / ShiftStep;
    }
}
