namespace Godwit.Cli;

/// <summary>Standard input as bytes: lines of it, or all. Reading it cannot be interrupted, so the waits can be left instead.</summary>
internal sealed class StandardInput : IDisposable
{
    private readonly Stream _input = Console.OpenStandardInput();
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    public static async Task<byte[]> ReadAllAsync(CancellationToken cancellationToken)
    {
        using var collected = new MemoryStream();
        await using var input = Console.OpenStandardInput();
        await Task.Run(() => input.CopyTo(collected), cancellationToken).WaitAsync(cancellationToken);
        return collected.ToArray();
    }

    /// <summary>Reads a line.</summary>
    /// <returns>A copy of its bytes without the line feed, or null at the end.</returns>
    public Task<byte[]?> ReadLineAsync() => TryTakeLine(out var line) ? Task.FromResult<byte[]?>(line) : Task.Run(ReadLine);

    public void Dispose() => _input.Dispose();

    private byte[]? ReadLine()
    {
        while (!_isAtEnd)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            if (_end == _buffer.Length)
            {
                Array.Resize(ref _buffer, 2 * _buffer.Length);
            }

            var count = _input.Read(_buffer.AsSpan(_end));
            _isAtEnd = count == 0;
            _end += count;
            if (TryTakeLine(out var line))
            {
                return line;
            }
        }

        if (_start == _end)
        {
            return null;
        }

        var rest = _buffer.AsSpan(_start, _end - _start).ToArray();
        _start = _end;
        return rest;
    }

    private bool TryTakeLine(out byte[] line)
    {
        var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        line = length < 0 ? [] : _buffer.AsSpan(_start, length).ToArray();
        _start += length + 1;
        return length >= 0;
    }
}
