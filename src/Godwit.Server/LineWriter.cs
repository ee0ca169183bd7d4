using System.Globalization;
using System.Text;

namespace Godwit.Server;

/// <summary>
/// Writes lines to standard error on a thread of its own. What comes within some milliseconds leaves in one write, so that a
/// storm of connections pays for its lines and not for a system call each; lines beyond a bound are counted instead of kept: a
/// terminal or pipe that nobody reads must not stop a loop.
/// </summary>
internal sealed class LineWriter : IDisposable
{
    private const int BytesWaitingMax = 1024 * 1024;

    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private readonly Thread _thread;

    // Opened at start: when something has to be said about a lack of descriptors there is none left to open it with.
    private readonly Stream _output = Console.OpenStandardError();
    private byte[] _waiting = new byte[4096];
    private byte[] _leaving = new byte[4096];
    private int _waitingCount;
    private long _lost;
    private bool _isIdle;
    private bool _isUrgent;
    private bool _isClosed;

    public LineWriter()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "godwit-log" };
        _thread.Start();
    }

    /// <summary>Adds a line; never waits for the reader of the log.</summary>
    /// <param name="head">How it begins.</param>
    /// <param name="message">The rest.</param>
    /// <param name="isUrgent">It leaves without waiting for others.</param>
    public void Add(ReadOnlySpan<char> head, string message, bool isUrgent)
    {
        int size = Encoding.UTF8.GetMaxByteCount(head.Length) + Encoding.UTF8.GetMaxByteCount(message.Length) + Environment.NewLine.Length;
        lock (_gate)
        {
            if (_isClosed)
            {
                return; // the process is on its way out
            }

            if (_waitingCount + size > BytesWaitingMax)
            {
                _lost++;
                return;
            }

            if (_waitingCount + size > _waiting.Length)
            {
                Array.Resize(ref _waiting, Math.Min(BytesWaitingMax, Math.Max(_waiting.Length * 2, _waitingCount + size)));
            }

            _waitingCount += Encoding.UTF8.GetBytes(head, _waiting.AsSpan(_waitingCount));
            _waitingCount += Encoding.UTF8.GetBytes(message, _waiting.AsSpan(_waitingCount));
            _waitingCount += Encoding.UTF8.GetBytes(Environment.NewLine, _waiting.AsSpan(_waitingCount));
            if (_isIdle || (isUrgent && !_isUrgent))
            {
                _isIdle = false;
                _isUrgent = isUrgent;
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Waits until all lines are written, but not long.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.Pulse(_gate);
        }

        if (_thread.Join(FlushTimeout))
        {
            _output.Dispose();
        }
    }

    private void Run()
    {
        while (TakeWaiting(out int count, out long lost))
        {
            try
            {
                _output.Write(_leaving.AsSpan(0, count));
                if (lost > 0)
                {
                    string word = string.Create(CultureInfo.InvariantCulture, $"(log lines lost because standard error was not read fast enough: {lost}){Environment.NewLine}");
                    _output.Write(Encoding.UTF8.GetBytes(word));
                }

                _output.Flush();
            }
            catch (IOException)
            {
                // Nobody reads the log any more. That is no reason to stop serving.
            }
        }
    }

    // False when the writer is closed and everything has been taken.
    private bool TakeWaiting(out int count, out long lost)
    {
        lock (_gate)
        {
            while (_waitingCount == 0 && !_isClosed)
            {
                _isIdle = true;
                Monitor.Wait(_gate);
            }

            if (_waitingCount > 0 && !_isUrgent && !_isClosed)
            {
                Monitor.Wait(_gate, GatherTime); // ends early for what is urgent
            }

            count = _waitingCount;
            lost = _lost;
            (_leaving, _waiting) = (_waiting, _leaving);
            _waitingCount = 0;
            _lost = 0;
            _isIdle = false;
            _isUrgent = false;
            return count > 0;
        }
    }
}
