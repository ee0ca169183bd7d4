using System.IO.Pipelines;

namespace Godwit.Client.Tests;

/// <summary>Two ends of a connection in memory: what one writes the other reads, until it is disposed.</summary>
internal sealed class DuplexStream(PipeReader input, PipeWriter output) : Stream
{
    private readonly Stream _input = input.AsStream();
    private readonly Stream _output = output.AsStream();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <param name="writeAhead">Bytes that one side can write before the other reads.</param>
    public static (DuplexStream Client, DuplexStream Server) Create(int writeAhead = 64 * 1024)
    {
        var options = new PipeOptions(pauseWriterThreshold: writeAhead, resumeWriterThreshold: writeAhead / 2, useSynchronizationContext: false);
        var upstream = new Pipe(options);
        var downstream = new Pipe(options);
        return (new DuplexStream(downstream.Reader, upstream.Writer), new DuplexStream(upstream.Reader, downstream.Writer));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            output.Complete();
            input.Complete();
        }

        base.Dispose(disposing);
    }
}
