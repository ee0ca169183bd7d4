using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Reading;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>
/// Keeps the latest records in memory, within one budget for all journals: those that were appended to longest ago lose theirs
/// first, and read from disk. The committer's.
/// </summary>
internal sealed class TailCache(long bytesMax)
{
    // One journal may not push out all the others: whoever lags so far behind reads from disk.
    private const long JournalBytesMax = 4 * 1024 * 1024;

    private readonly LinkedList<JournalState> _oldestFirst = [];
    private long _bytes;

    public void Push(JournalState state, long index, in CachedRecord record, MessagePool pool)
    {
        lock (state.Gate)
        {
            long before = state.TailSize;
            state.PushTail(index, in record);
            if (state.TailSize > JournalBytesMax)
            {
                state.DropBelow(state.TailFirst + ((state.TailEnd - state.TailFirst) / 2), pool);
            }

            _bytes += state.TailSize - before;
        }

        if (state.Place is null)
        {
            state.Place = _oldestFirst.AddLast(state);
        }
        else if (state.Place.Next is not null)
        {
            _oldestFirst.Remove(state.Place);
            _oldestFirst.AddLast(state.Place);
        }

        while (_bytes > bytesMax && _oldestFirst.First is { } oldest)
        {
            DropBelow(oldest.Value, long.MaxValue, pool);
        }
    }

    public void DropBelow(JournalState state, long floor, MessagePool pool)
    {
        bool isEmpty;
        lock (state.Gate)
        {
            long before = state.TailSize;
            state.DropBelow(floor, pool);
            _bytes += state.TailSize - before;
            isEmpty = state.TailSize == 0;
        }

        if (isEmpty && state.Place is { } place)
        {
            _oldestFirst.Remove(place);
            state.Place = null;
        }
    }
}
