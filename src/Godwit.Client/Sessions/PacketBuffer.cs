using System.Buffers;

namespace Godwit.Client.Sessions;

/// <summary>Encoded packets on their way to the transport, in one pooled array that grows.</summary>
internal sealed class PacketBuffer
{
    private const int LengthMin = 4096;
    private const int KeptLengthMax = 256 * 1024;
    private byte[] _array = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, Length);

    /// <summary>Room for at least <paramref name="length"/> bytes behind what is written.</summary>
    public Span<byte> GetSpan(int length)
    {
        if (_array.Length - Length < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(LengthMin, Math.Max(Length + length, 2 * Length)));
            Written.Span.CopyTo(larger);
            Release();
            _array = larger;
        }

        return _array.AsSpan(Length);
    }

    public void Advance(int length) => Length += length;

    /// <summary>Makes it empty; a large array goes back to the pool, so that one large message does not pin memory for good.</summary>
    public void Clear()
    {
        Length = 0;
        if (_array.Length > KeptLengthMax)
        {
            Release();
            _array = [];
        }
    }

    private void Release()
    {
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
