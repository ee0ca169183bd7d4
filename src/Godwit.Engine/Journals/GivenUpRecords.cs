using Godwit.Engine.Observation;

namespace Godwit.Engine.Journals;

/// <summary>
/// Why records at the front of a journal were given up before all of its readers had passed them, so that a reader that
/// crosses them later counts each with its reason. What is not noted was given up for the limits in messages and bytes.
/// </summary>
/// <remarks>
/// Kept in a few spans. When there are more the oldest two become one, whose counts are exact for whoever stands before it and
/// shared out evenly for whoever stands within.
/// </remarks>
internal sealed class GivenUpRecords
{
    private const int SpansMax = 16;

    private readonly Lock _gate = new();
    private readonly List<Span> _spans = [];

    /// <summary>The records from <paramref name="from"/> up to <paramref name="to"/>, behind all that were noted before.</summary>
    public void Note(long from, long to, DropReason reason)
    {
        long expired = reason == DropReason.Expired ? to - from : 0;
        long tooOld = reason == DropReason.TooOld ? to - from : 0;
        lock (_gate)
        {
            if (_spans.Count > 0 && _spans[^1] is var last && last.To == from && last.IsAll(reason))
            {
                _spans[^1] = new Span(last.From, to, last.Expired + expired, last.TooOld + tooOld);
                return;
            }

            if (_spans.Count == SpansMax)
            {
                var (first, second) = (_spans[0], _spans[1]);
                _spans[1] = new Span(first.From, second.To, first.Expired + second.Expired, first.TooOld + second.TooOld);
                _spans.RemoveAt(0);
            }

            _spans.Add(new Span(from, to, expired, tooOld));
        }
    }

    /// <summary>Everyone has passed <paramref name="floor"/>.</summary>
    public void ForgetBelow(long floor)
    {
        lock (_gate)
        {
            _spans.RemoveAll(span => span.To <= floor);
        }
    }

    /// <summary>Why the records from <paramref name="from"/> up to <paramref name="to"/> were given up.</summary>
    public GivenUpCount Count(long from, long to)
    {
        long expired = 0;
        long tooOld = 0;
        lock (_gate)
        {
            foreach (var span in _spans)
            {
                long shared = Math.Min(to, span.To) - Math.Max(from, span.From);
                if (shared > 0)
                {
                    long length = span.To - span.From;
                    expired += (long)((Int128)span.Expired * shared / length);
                    tooOld += (long)((Int128)span.TooOld * shared / length);
                }
            }
        }

        return new GivenUpCount(to - from - expired - tooOld, expired, tooOld);
    }

    private readonly record struct Span(long From, long To, long Expired, long TooOld)
    {
        public bool IsAll(DropReason reason) => To - From == (reason == DropReason.Expired ? Expired : TooOld);
    }
}
