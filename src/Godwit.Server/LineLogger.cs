using Microsoft.Extensions.Logging;

namespace Godwit.Server;

/// <summary>Makes one line of each log entry: time, level, event id, message.</summary>
internal sealed class LineLogger(LineWriter writer) : ILogger
{
    private const int TimeLength = 23;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // The round-trip form, to the millisecond, is the only one that costs next to nothing.
        Span<char> time = stackalloc char[32];
        _ = DateTime.UtcNow.TryFormat(time, out _, "O");
        string name = logLevel switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info ",
            LogLevel.Warning => "warn ",
            LogLevel.Error => "error",
            _ => "fatal",
        };
        Span<char> head = stackalloc char[64];
        _ = head.TryWrite($"{time[..TimeLength]}Z {name} [{eventId.Id}] ", out int length);
        string message = formatter(state, exception);
        writer.Add(head[..length], exception is null ? message : $"{message}{Environment.NewLine}{exception}", isUrgent: logLevel >= LogLevel.Error);
    }
}
