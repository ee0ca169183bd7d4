using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Tests;

/// <summary>Keeps the ids of what was logged.</summary>
internal sealed class CollectedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, int Id, string Text)> _entries = new();

    /// <summary>Entries with this id fail instead of being kept.</summary>
    public int FailingId { get; init; }

    public IReadOnlyCollection<(LogLevel Level, int Id, string Text)> Entries => _entries;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == FailingId)
        {
            throw new InvalidOperationException("the disk is full");
        }

        _entries.Enqueue((logLevel, eventId.Id, formatter(state, exception)));
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
