using Godwit.Engine.Messages;

namespace Godwit.Engine.Connections;

/// <summary>
/// The bytes that wait for one connection: one contiguous piece in a pooled buffer, which is held only while bytes wait.
/// </summary>
internal struct OutputBuffer
{
    /// <summary>What one turn gathers for a peer that takes its bytes: the kernel cuts larger sends into pieces of this size anyway, and it stays in the processor's cache.</summary>
    public const int EarlyFlushBytes = 64 * 1024;

    private byte[]? _buffer;
    private int _start;
    private int _end;

    public readonly int Count => _end - _start;

    public readonly ReadOnlySpan<byte> Span => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Room for <paramref name="size"/> bytes; call <see cref="Commit"/> with what was written.</summary>
    public Span<byte> Reserve(int size, BufferPool pool)
    {
        if (_buffer is null)
        {
            _buffer = pool.Rent(size);
            _start = _end = 0;
        }
        else if (_buffer.Length - _end < size)
        {
            MakeRoom(size, pool);
        }

        return _buffer.AsSpan(_end, size);
    }

    public void Commit(int size) => _end += size;

    public void Consume(int count, BufferPool pool)
    {
        _start += count;
        if (_start == _end)
        {
            Clear(pool);
        }
    }

    public void Clear(BufferPool pool)
    {
        if (_buffer is not null)
        {
            pool.Return(_buffer);
            _buffer = null;
        }

        _start = _end = 0;
    }

    private void MakeRoom(int size, BufferPool pool)
    {
        int count = Count;
        if (_start >= _buffer!.Length / 2 && _buffer.Length - count >= size)
        {
            _buffer.AsSpan(_start, count).CopyTo(_buffer);
        }
        else
        {
            byte[] larger = pool.Rent(Math.Max(count + size, _buffer.Length * 2));
            _buffer.AsSpan(_start, count).CopyTo(larger);
            pool.Return(_buffer);
            _buffer = larger;
        }

        _start = 0;
        _end = count;
    }
}
