namespace Godwit.Conformance.Wire;

/// <summary>What went over the wire on all connections of one check; bounded, the latest lines are kept.</summary>
public sealed class TranscriptBook
{
    private const int LinesMax = 200;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();
    private int _connections;

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The transcript of a new connection.</summary>
    public Transcript Add() => new(Interlocked.Increment(ref _connections), Write);

    private void Write(string line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count > LinesMax)
            {
                _lines.Dequeue();
            }
        }
    }
}
