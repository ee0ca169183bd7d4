using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>
/// Gives up messages that have expired or waited for too long at the front of journals, without anybody reading them. A slice with each
/// commit, of the journals whose first message has fallen due: messages are looked at on the disk, without being decoded.
/// </summary>
internal sealed class JournalSweeper(IRecordTables tables, JournalWriter writer, EntryAges ages) : IDisposable
{
    // One slice: a look at a journal, at an entry and at a message.
    private const int Budget = 8192;
    private const int JournalCost = 16;
    private const int EntryCost = 4;

    private readonly byte[] _key = new byte[Keys.PairLength];
    private readonly byte[] _end = new byte[Keys.PairLength];
    private ITableCursor? _opened;

    private ITableCursor Cursor => _opened ??= tables.OpenCursor(Table.Entries);

    /// <summary>One slice. Before anything is appended with this commit, so that everything there is lies on the disk.</summary>
    public void Run(MessagePool pool)
    {
        int budget = Budget;
        while (budget > 0 && writer.Due.TryTake(out var state))
        {
            budget -= JournalCost;
            writer.Due.PutBack(state, GiveUpDue(state, ref budget, pool));
        }

        _opened?.Dispose();
        _opened = null;
    }

    public void Dispose() => _opened?.Dispose();

    // When the first message that is left falls due; long.MaxValue: never, or there is none.
    private long GiveUpDue(JournalState state, ref int budget, MessagePool pool)
    {
        var journal = state.Journal;
        long ageMax = journal.Limits.AgeMillisecondsMax;
        if (!TryFindEntry(journal.Id, FrontOf(journal)))
        {
            return long.MaxValue;
        }

        do
        {
            var record = new RecordReader(Cursor.Value, "entry");
            var header = EntryHeader.Read(Keys.SecondOf(Cursor.Key), ref record);
            long first = FrontOf(journal);
            if (header.First > first)
            {
                return long.MaxValue; // a gap, which is for readers to report
            }

            budget -= EntryCost;
            if (header.End <= first)
            {
                continue; // trimmed, and kept with those before it
            }

            long age = ages.AgeOf(in header);
            if (age >= ageMax)
            {
                writer.GiveUp(state, header.End, DropReason.TooOld, pool);
                continue;
            }

            if (PassExpired(ref record, in header, ref first, age, ref budget) is { } left)
            {
                GiveUpExpired(state, first, pool);
                return writer.Due.Now + Math.Min(left, ageMax == long.MaxValue ? left : ageMax - age);
            }

            GiveUpExpired(state, first, pool);
            if (first < header.End)
            {
                return ageMax == long.MaxValue ? ageMax : writer.Due.Now + ageMax - age;
            }
        }
        while (budget > 0 && Cursor.MoveNext() && Keys.NumberOf(Cursor.Key) == journal.Id);

        return budget > 0 ? long.MaxValue : writer.Due.Now;
    }

    // Raises first over messages that have expired; answers how long the message behind them has left, null where it does not
    // expire or there is none in this entry. Out of budget it has nothing left, so that it is looked at again.
    private static long? PassExpired(ref RecordReader record, in EntryHeader header, ref long first, long age, ref int budget)
    {
        for (long at = header.First; at < header.End; at++)
        {
            record.Number();
            MessageRecord.Skip(ref record, out long? left);
            if (at < first)
            {
                continue;
            }

            if (left is null || left > age)
            {
                return left - age;
            }

            if (budget-- <= 0)
            {
                return 0;
            }

            first = at + 1;
        }

        return null;
    }

    private void GiveUpExpired(JournalState state, long first, MessagePool pool)
    {
        if (first > FrontOf(state.Journal))
        {
            writer.GiveUp(state, first, DropReason.Expired, pool);
        }
    }

    // Where only the latest messages are kept each has an entry of its own, and those between them are gone.
    private static long FrontOf(Journal journal) => journal.Latest is { } latest ? latest.NextFrom(0) : journal.First;

    private bool TryFindEntry(long journal, long index)
    {
        Keys.Pair(journal, 0, _key);
        Keys.Number(journal + 1, _end);
        Cursor.Bound(_key, _end.AsSpan(0, 8));
        return Cursor.SeekForPrevious(Keys.Pair(journal, index, _key));
    }
}
