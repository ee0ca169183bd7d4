using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Reading;

/// <summary>
/// Fetches records for readers that lag, a chunk at a time, and gives up the oldest chunks when all of them together become too
/// large. One thread at a time.
/// </summary>
internal sealed class RecordFetcher(IRecordTables tables, StoreClock clock, MessagePool pool, ICommitSink sink, long bytesMax, Action<StoreEvent>? report = null) : IDisposable
{
    private const int ChunkRecordsMax = 512;
    private const int ChunkBytesMax = 128 * 1024;

    private readonly EntryReader _reader = new(tables, clock);
    private readonly Queue<(JournalState State, Chunk Chunk)> _oldestFirst = new();
    private long _bytes;

    /// <summary>Records that should have been there and were not.</summary>
    public long Missing { get; private set; }

    /// <summary>Fetches what starts at <paramref name="index"/> and tells whoever waits for it.</summary>
    public void Fetch(JournalState state, long index)
    {
        var journal = state.Journal;
        var records = index >= journal.First ? _reader.Read(journal.Id, index, ChunkRecordsMax, ChunkBytesMax, pool) : [];
        ulong shards;
        lock (state.Gate)
        {
            if (index < journal.First || records.Count == 0)
            {
                records.ForEach(record => record.Message.Release(pool));
                if (index >= journal.First && journal.Latest?.Contains(index) != false)
                {
                    PassGap(state, index);
                }
            }
            else
            {
                Keep(state, new Chunk(index, [.. records], SizeOf(records)));
            }

            shards = state.Answered(index);
        }

        GiveUpOldest();
        for (; shards != 0; shards &= shards - 1)
        {
            sink.ReadReady(System.Numerics.BitOperations.TrailingZeroCount(shards), journal);
        }
    }

    /// <summary>Nothing is asked for at the moment.</summary>
    public void Rest() => _reader.Release();

    public void Dispose() => _reader.Dispose();

    private static long SizeOf(List<CachedRecord> records)
    {
        long size = 0;
        foreach (var record in records)
        {
            size += record.Message.Size + 128;
        }

        return size;
    }

    // The record is gone though nobody gave it up: the readers go on behind the gap instead of waiting for ever.
    private void PassGap(JournalState state, long index)
    {
        var journal = state.Journal;
        long next = Math.Min(_reader.FirstFrom(journal.Id, index + 1) ?? journal.Horizon, journal.Horizon);
        Missing += next - index;
        report?.Invoke(new StoreEvent(
            StoreEventKind.RecordsMissing,
            $"Records {index} to {next - 1} of queue {journal.Id} ({System.Text.Encoding.UTF8.GetString(journal.Key)}) are not there, though nobody gave them up; their readers go on behind them. Run `godwit-server store check`."));
        journal.First = next;
    }

    private void Keep(JournalState state, Chunk chunk)
    {
        state.AddChunk(chunk);
        _oldestFirst.Enqueue((state, chunk));
        _bytes += chunk.Size;
    }

    // At least one chunk stays, so that whoever asked for it finds it.
    private void GiveUpOldest()
    {
        while (_bytes > bytesMax && _oldestFirst.Count > 1)
        {
            var (state, chunk) = _oldestFirst.Dequeue();
            _bytes -= chunk.Size;
            lock (state.Gate)
            {
                state.RemoveChunk(chunk, pool);
            }
        }
    }
}
