using Microsoft.Extensions.Logging;

namespace Godwit.Server;

/// <summary>The server's log: lines on standard error.</summary>
internal sealed class StandardErrorLoggerProvider : ILoggerProvider
{
    private readonly LineWriter _writer = new();

    public ILogger CreateLogger(string categoryName) => new LineLogger(_writer);

    public void Dispose() => _writer.Dispose();
}
