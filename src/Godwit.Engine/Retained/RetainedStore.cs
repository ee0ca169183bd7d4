using Godwit.Engine.Durability;
using Godwit.Engine.Messages;
using Godwit.Engine.Sessions;

namespace Godwit.Engine.Retained;

/// <summary>
/// The retained message of each topic, for all loops. One lock, held for one look-up or a bounded step of a walk.
/// </summary>
/// <remarks>
/// Each change gets the next sequence under the lock, before its publish is matched against the subscriptions. A subscriber
/// first enters the index, then takes the sequence as its fence, then replays what is at or below the fence; what is above
/// it reaches the subscriber as a live message. So a retained publish that races with a SUBSCRIBE on another loop is seen
/// exactly once.
/// </remarks>
internal sealed class RetainedStore(int messagesMax, long bytesMax)
{
    // Topics looked at under one hold of the lock.
    private const int StepsPerLook = 256;

    private readonly Lock _gate = new();
    private readonly TopicMap _map = new();
    private long _sequence;
    private long _bytes;
    private int _expiring;
    private Dictionary<byte[], RetainedChange>? _changes;

    public int Count => _map.Count;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>True while some retained message has an expiry, so that sweeping is worth while.</summary>
    public bool HasExpiring => Volatile.Read(ref _expiring) > 0;

    /// <summary>A store wants to know what has changed.</summary>
    public void TrackChanges(ulong seed) => _changes = new Dictionary<byte[], RetainedChange>(new ByteArrayComparer(seed));

    /// <summary>The latest change of each topic since the last call.</summary>
    public void TakeChanges(List<RetainedChange> changes)
    {
        lock (_gate)
        {
            if (_changes is { Count: > 0 })
            {
                changes.AddRange(_changes.Values);
                _changes.Clear();
            }
        }
    }

    /// <summary>Brings back a message that has survived a restart.</summary>
    public void Restore(Message message)
    {
        lock (_gate)
        {
            if (_map.Set(message) is { } replaced)
            {
                Forget(replaced);
            }

            _bytes += message.Size;
            _expiring += message.ExpiresAt == long.MaxValue ? 0 : 1;
        }
    }

    /// <summary>Changes of this run come behind all of the runs before.</summary>
    public void StartAt(long sequence)
    {
        lock (_gate)
        {
            _sequence = sequence;
        }
    }

    /// <summary>The sequence of the latest change: a subscription's fence.</summary>
    public long Fence()
    {
        lock (_gate)
        {
            return _sequence;
        }
    }

    /// <summary>
    /// Stores the publication as its topic's retained message, or with an empty payload deletes that ([MQTT-3.3.1-5] to -7).
    /// Sets the publication's sequence. False when a limit refuses a new topic.
    /// </summary>
    public bool TryApply(ref Publication publication, out Message? stored)
    {
        lock (_gate)
        {
            stored = null;
            if (publication.Payload.IsEmpty)
            {
                publication.RetainSequence = ++_sequence;
                if (_map.Remove(publication.Topic) is { } removed)
                {
                    Forget(removed);
                    NoteChange(publication.Topic.ToArray(), null);
                }

                return true;
            }

            var before = _map.Find(publication.Topic);
            if ((before is null && _map.Count >= messagesMax)
                || _bytes + publication.Size - (before?.Size ?? 0) > bytesMax)
            {
                return false;
            }

            publication.RetainSequence = ++_sequence;
            stored = MessagePool.Keep(in publication);
            if (_map.Set(stored) is { } replaced)
            {
                Forget(replaced);
            }

            _bytes += stored.Size;
            _expiring += stored.ExpiresAt == long.MaxValue ? 0 : 1;
            if (_changes is not null)
            {
                NoteChange(stored.Topic.ToArray(), stored);
            }

            return true;
        }
    }

    /// <summary>
    /// The next retained message behind <paramref name="position"/> that matches and was set at or before the fence. Moves
    /// the position on; null and <paramref name="done"/> false means: nothing found in this step, ask again.
    /// </summary>
    public Message? Next(ReadOnlySpan<byte> filter, long fence, long now, ref Message? position, out bool done)
    {
        Span<byte> leap = stackalloc byte[256];
        lock (_gate)
        {
            done = false;
            var candidate = position is null ? First(filter) : _map.Seek(position.Topic, above: true);
            for (int step = 0; step < StepsPerLook; step++)
            {
                if (candidate is null)
                {
                    done = true;
                    return null;
                }

                switch (RetainedWalk.Judge(filter, candidate.Topic, out int keep, out var next))
                {
                    case WalkVerdict.Match:
                        position = candidate;
                        if (candidate.RetainSequence <= fence && candidate.ExpiresAt > now)
                        {
                            return candidate;
                        }

                        candidate = _map.Seek(candidate.Topic, above: true);
                        break;
                    case WalkVerdict.Ahead:
                        position = candidate;
                        candidate = _map.Seek(candidate.Topic, above: true);
                        break;
                    case WalkVerdict.Leap:
                        position = candidate;
                        int length = keep + next.Length;
                        Span<byte> target = length <= leap.Length ? leap[..length] : new byte[length];
                        candidate.Topic[..keep].CopyTo(target);
                        next.CopyTo(target[keep..]);
                        candidate = _map.Seek(target, above: false);
                        break;
                    default:
                        done = true;
                        return null;
                }
            }

            return null;
        }
    }

    /// <summary>Removes expired messages among the next <paramref name="count"/> topics behind <paramref name="position"/>; null position: from the start. True when there were some.</summary>
    public bool Sweep(long now, int count, ref Message? position)
    {
        lock (_gate)
        {
            bool found = false;
            for (int i = 0; i < count; i++)
            {
                position = position is null ? _map.Seek([], above: false) : _map.Seek(position.Topic, above: true);
                if (position is null)
                {
                    break;
                }

                if (position.ExpiresAt <= now)
                {
                    _map.Remove(position.Topic);
                    Forget(position);
                    NoteChange(position.Topic.ToArray(), null);
                    found = true;
                }
            }

            return found;
        }
    }

    // Under the lock that orders the changes: whoever takes them writes the latest, whatever loop it came from.
    private void NoteChange(byte[] topic, Message? message)
    {
        if (_changes is not null)
        {
            _changes[topic] = new RetainedChange(topic, message);
        }
    }

    private Message? First(ReadOnlySpan<byte> filter)
    {
        int wildcard = filter.IndexOfAny((byte)'+', (byte)'#');
        var prefix = wildcard < 0 ? filter : filter[..wildcard];

        // "a/#" matches "a" too: start at the parent level itself.
        return _map.Seek(prefix.Length > 0 && prefix[^1] == (byte)'/' ? prefix[..^1] : prefix, above: false);
    }

    private void Forget(Message message)
    {
        _bytes -= message.Size;
        _expiring -= message.ExpiresAt == long.MaxValue ? 0 : 1;
    }
}
