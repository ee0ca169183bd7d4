using System.Net;
using System.Net.Sockets;

namespace Godwit.Interop.Tests;

/// <summary>A TCP connection that can lose what it carries, in one direction at a time, and then break.</summary>
internal sealed class CuttableStream : Stream
{
    private readonly TcpClient _tcp;
    private readonly NetworkStream _inner;
    private readonly TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _losesIncoming;
    private volatile bool _losesOutgoing;

    private CuttableStream(TcpClient tcp)
    {
        _tcp = tcp;
        _inner = tcp.GetStream();
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static async Task<CuttableStream> OpenAsync(int port)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        return new CuttableStream(tcp);
    }

    /// <summary>From now on nothing arrives that the server sends.</summary>
    public void LoseIncoming() => _losesIncoming = true;

    /// <summary>From now on nothing reaches the server that the client sends.</summary>
    public void LoseOutgoing() => _losesOutgoing = true;

    /// <summary>Waits until something was lost.</summary>
    public Task WaitForLossAsync() => _lost.Task.WaitAsync(TimeLimits.Event);

    /// <summary>Breaks the connection for both sides.</summary>
    public void Cut()
    {
        _tcp.Client.LingerState = new LingerOption(true, 0);
        _tcp.Dispose();
        _cut.TrySetResult();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await _inner.ReadAsync(buffer, cancellationToken);
        if (!_losesIncoming)
        {
            return count;
        }

        _lost.TrySetResult();
        await _cut.Task.WaitAsync(cancellationToken);
        throw new IOException("The connection was cut.");
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_losesOutgoing)
        {
            _lost.TrySetResult();
            return;
        }

        await _inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cut.TrySetResult();
            _inner.Dispose();
            _tcp.Dispose();
        }

        base.Dispose(disposing);
    }
}
