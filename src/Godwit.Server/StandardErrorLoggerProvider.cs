using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Godwit.Server;

/// <summary>
/// Writes each log entry as one line to standard error: time, level, event id, message. A thread of its own does the
/// writing, and entries beyond a bound are counted instead of kept: a terminal or pipe that nobody reads must not stop a loop.
/// </summary>
internal sealed class StandardErrorLoggerProvider : ILoggerProvider
{
    private const int LinesWaitingMax = 8192;

    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly BlockingCollection<string> _lines = new(LinesWaitingMax);
    private readonly Thread _writer;

    // Opened at start: when something has to be said about a lack of descriptors there is none left to open it with.
    private readonly TextWriter _output = Console.Error;
    private long _lost;

    public StandardErrorLoggerProvider()
    {
        _writer = new Thread(Write) { IsBackground = true, Name = "godwit-log" };
        _writer.Start();
    }

    public ILogger CreateLogger(string categoryName) => new LineLogger(this);

    /// <summary>Waits until all lines are written, but not long.</summary>
    public void Dispose()
    {
        _lines.CompleteAdding();
        if (_writer.Join(FlushTimeout))
        {
            _lines.Dispose();
        }
    }

    private void Add(string line)
    {
        try
        {
            if (!_lines.TryAdd(line))
            {
                Interlocked.Increment(ref _lost);
            }
        }
        catch (InvalidOperationException)
        {
            // The process is on its way out and the log is closed.
        }
    }

    private void Write()
    {
        foreach (string line in _lines.GetConsumingEnumerable())
        {
            try
            {
                _output.WriteLine(line);
                long lost = Interlocked.Exchange(ref _lost, 0);
                if (lost > 0)
                {
                    _output.WriteLine($"(log lines lost because standard error was not read fast enough: {lost})");
                }
            }
            catch (IOException)
            {
                // Nobody reads the log any more. That is no reason to stop serving.
            }
        }
    }

    private sealed class LineLogger(StandardErrorLoggerProvider owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            string name = logLevel switch
            {
                LogLevel.Trace => "trace",
                LogLevel.Debug => "debug",
                LogLevel.Information => "info ",
                LogLevel.Warning => "warn ",
                LogLevel.Error => "error",
                _ => "fatal",
            };
            string line = $"{time} {name} [{eventId.Id}] {formatter(state, exception)}";
            owner.Add(exception is null ? line : $"{line}{Environment.NewLine}{exception}");
        }
    }
}
