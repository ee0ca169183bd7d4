using System.Buffers;
using System.Net.Sockets;
using Godwit.Client.Connections;
using Godwit.Client.Sessions;
using Godwit.Client.Streams;

namespace Godwit.Client;

/// <summary>
/// The connection's two pumps around the session. Reader: receive, feed the session under the lock, wake who waited. Writer:
/// sleep until there is output, take all of it at once, write it without the lock. One timer follows the session's deadline.
/// </summary>
public sealed partial class MqttClient
{
    private const int ReadLengthMin = 32 * 1024;
    private const int ReadLengthKeptMax = 512 * 1024;
    private const int WriteLengthMax = 64 * 1024;

    // How long a server may leave unread a part of what is still to be written, and keep its side open after DISCONNECT.
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LingerTimeout = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly AsyncSignal _outputReady = new();
    private readonly AsyncSignal _readingResumed = new();
    private readonly ITimer _timer;
    private PacketBuffer _spareOutput = new();
    private long _timerDeadline = ClientSession.Never;
    private bool _isReadingPaused;
    private long _partsWritten;
    private bool _isUnwritten;
    private Exception? _writeFailure;

    private long Now => (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds;

    /// <summary>To be called before the lock is released: passes on what has changed.</summary>
    private List<ICompletion>? EndTurn()
    {
        if (_session.OutputLength > 0 || _session.IsClosed)
        {
            _outputReady.Set();
        }

        if (_isReadingPaused && (_session.IsClosed || !MayPauseReading || !_router.IsAnyFilling))
        {
            _isReadingPaused = false;
            _session.ResumeReading(Now);
            _readingResumed.Set();
        }

        var deadline = _session.NextDeadline;
        if (deadline < _timerDeadline)
        {
            _timerDeadline = deadline;
            _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(deadline - Now, 0, int.MaxValue)), Timeout.InfiniteTimeSpan);
        }

        return _completions.Take();
    }

    private void HandleTimer()
    {
        List<ICompletion>? completions;
        lock (_gate)
        {
            _timerDeadline = ClientSession.Never;
            _session.HandleTimeout(Now);
            completions = EndTurn();
        }

        _completions.Run(completions);
    }

    private async Task RunAsync()
    {
        var reading = ReadAsync();
        var writing = WriteAsync();
        var disconnection = await _ended.Task.ConfigureAwait(false);
        if (disconnection.Cause is MqttDisconnectionCause.ByClient or MqttDisconnectionCause.ProtocolFault)
        {
            // Closing with unread bytes resets a TCP connection, and the server may lose what it has not read: so let it
            // see the end of ours first, and read on until it closes.
            await FlushAsync(writing).ConfigureAwait(false);
            ShutDownSending();
            await WaitAsync(reading, LingerTimeout).ConfigureAwait(false);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The transport is gone either way.
        }

        await WaitAsync(reading, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        await WaitAsync(writing, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        _closed.TrySetResult(_isUnwritten && disconnection.Cause == MqttDisconnectionCause.ByClient
            ? new MqttDisconnection(MqttDisconnectionCause.ConnectionLost, null, "The server did not read what was sent before DISCONNECT.") { Exception = _writeFailure }
            : disconnection);
    }

    /// <summary>Waits for the writer, as long as the server reads.</summary>
    private async Task FlushAsync(Task writing)
    {
        long before;
        do
        {
            before = Volatile.Read(ref _partsWritten);
            await WaitAsync(writing, FlushTimeout).ConfigureAwait(false);
        }
        while (!writing.IsCompleted && Volatile.Read(ref _partsWritten) != before);
    }

    private static async Task WaitAsync(Task task, TimeSpan timeout)
    {
        try
        {
            await task.WaitAsync(timeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It has had its time.
        }
    }

    private void ShutDownSending()
    {
        try
        {
            _socket?.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Closed by the server already.
        }
    }

    private async Task ReadAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadLengthMin);
        var filled = 0;
        try
        {
            while (true)
            {
                var count = await _stream.ReadAsync(buffer.AsMemory(filled), _stop.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    HandleTransportClosed(null);
                    return;
                }

                filled += count;
                var paused = Receive(buffer, ref filled, out var expected);
                buffer = Fit(buffer, filled, expected);
                await paused.ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            HandleTransportClosed(exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ValueTask Receive(byte[] buffer, ref int filled, out int expected)
    {
        var paused = ValueTask.CompletedTask;
        List<ICompletion>? completions;
        lock (_gate)
        {
            var consumed = _session.Receive(buffer.AsSpan(0, filled), Now);
            buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
            filled -= consumed;
            expected = _session.ExpectedLength;
            if (!_session.IsClosed && MayPauseReading && _router.IsAnyFull)
            {
                _isReadingPaused = true;
                _session.PauseReading();
                paused = _readingResumed.WaitAsync();
            }

            completions = EndTurn();
        }

        _completions.Run(completions);
        return paused;
    }

    // A large packet gets room as it arrives, at most doubling: its announced size alone buys no memory.
    private static byte[] Fit(byte[] buffer, int filled, int expected)
    {
        var isFull = filled == buffer.Length;
        if (!isFull && !(filled == 0 && buffer.Length > ReadLengthKeptMax))
        {
            return buffer;
        }

        var length = isFull ? Math.Min(2L * buffer.Length, Math.Max(expected, ReadLengthMin + filled)) : ReadLengthMin;
        var other = ArrayPool<byte>.Shared.Rent((int)length);
        buffer.AsSpan(0, filled).CopyTo(other);
        ArrayPool<byte>.Shared.Return(buffer);
        return other;
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                if (TakeOutput(out var wait, out var isEnded) is { } output)
                {
                    await WriteAsync(output).ConfigureAwait(false);
                    output.Clear();
                    _spareOutput = output;
                }
                else if (isEnded)
                {
                    return;
                }
                else
                {
                    await wait.ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception)
        {
            _isUnwritten = true;
            _writeFailure = exception;
            HandleTransportClosed(exception);
        }
    }

    private PacketBuffer? TakeOutput(out ValueTask wait, out bool isEnded)
    {
        List<ICompletion>? completions = null;
        PacketBuffer? output = null;
        wait = default;
        isEnded = false;
        lock (_gate)
        {
            if (_session.OutputLength > 0)
            {
                output = _session.TakeOutput(_spareOutput);
                completions = EndTurn();
            }
            else if (_session.IsClosed)
            {
                isEnded = true;
            }
            else
            {
                wait = _outputReady.WaitAsync();
            }
        }

        _completions.Run(completions);
        return output;
    }

    private async ValueTask WriteAsync(PacketBuffer output)
    {
        var rest = output.Written;
        while (rest.Length > 0)
        {
            var part = rest[..Math.Min(rest.Length, WriteLengthMax)];
            await _stream.WriteAsync(part, _stop.Token).ConfigureAwait(false);
            rest = rest[part.Length..];
            Volatile.Write(ref _partsWritten, _partsWritten + 1);
            if (rest.IsEmpty)
            {
                await _stream.FlushAsync(_stop.Token).ConfigureAwait(false);
            }

            lock (_gate)
            {
                _session.HandleWritten(rest.IsEmpty, Now);
            }
        }
    }

    private void HandleTransportClosed(Exception? exception)
    {
        List<ICompletion>? completions;
        lock (_gate)
        {
            _session.HandleTransportClosed(exception);
            completions = EndTurn();
        }

        _completions.Run(completions);
    }
}
