using Godwit.Engine.Messages;

namespace Godwit.Engine.Connections;

/// <summary>
/// The beginning of a packet whose rest has not arrived. It grows with the bytes that came, not with the length that the
/// packet claims, so that a claim alone costs the broker nothing.
/// </summary>
internal struct InputCarry
{
    private byte[]? _buffer;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Count);

    public void Append(ReadOnlySpan<byte> bytes, BufferPool pool)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        int needed = Count + bytes.Length;
        if (_buffer is null)
        {
            _buffer = pool.Rent(needed);
        }
        else if (_buffer.Length < needed)
        {
            byte[] larger = pool.Rent(Math.Max(needed, _buffer.Length * 2));
            Span.CopyTo(larger);
            pool.Return(_buffer);
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(Count));
        Count = needed;
    }

    /// <summary>Takes everything out; the caller returns the buffer to the pool.</summary>
    public byte[]? Detach(out int count)
    {
        var buffer = _buffer;
        count = Count;
        _buffer = null;
        Count = 0;
        return buffer;
    }

    public void Clear(BufferPool pool)
    {
        if (_buffer is not null)
        {
            pool.Return(_buffer);
            _buffer = null;
        }

        Count = 0;
    }
}
