using System.Collections.Immutable;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>The writes of a commit to <see cref="MemoryTables"/>.</summary>
internal sealed class MemoryWriteSet : IWriteSet
{
    private const int RecordOverhead = 6;
    private readonly List<Write> _writes = [];

    private enum Kind : byte
    {
        Put,
        Delete,
        DeleteOnce,
        DeleteRange,
    }

    public int Count => _writes.Count;

    public long Size { get; private set; }

    public void Put(Table table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Add(Kind.Put, table, key, value);

    public void Delete(Table table, ReadOnlySpan<byte> key) => Add(Kind.Delete, table, key, []);

    public void DeleteOnce(Table table, ReadOnlySpan<byte> key) => Add(Kind.DeleteOnce, table, key, []);

    public void DeleteRange(Table table, ReadOnlySpan<byte> from, ReadOnlySpan<byte> end) => Add(Kind.DeleteRange, table, from, end);

    public void Clear()
    {
        _writes.Clear();
        Size = 0;
    }

    public void Dispose() => Clear();

    internal void ApplyTo(ImmutableSortedSet<MemoryRecord>[] state)
    {
        foreach (var (kind, table, key, value) in _writes)
        {
            ref var records = ref state[(int)table];
            var probe = new MemoryRecord(key, value, 1);
            switch (kind)
            {
                case Kind.Put:
                    records = records.TryGetValue(probe, out var older)
                        ? records.Remove(older).Add(probe with { Puts = older.Puts + 1 })
                        : records.Add(probe);
                    break;
                case Kind.DeleteRange:
                    records = RemoveRange(records, key, value);
                    break;
                default:
                    if (records.TryGetValue(probe, out var record))
                    {
                        if (kind == Kind.DeleteOnce && record.Puts > 1)
                        {
                            throw new InvalidOperationException($"Key {Convert.ToHexString(key)} of table {table} was put {record.Puts} times: DeleteOnce could bring an older value back.");
                        }

                        records = records.Remove(record);
                    }

                    break;
            }
        }
    }

    private static ImmutableSortedSet<MemoryRecord> RemoveRange(ImmutableSortedSet<MemoryRecord> records, byte[] from, byte[] end)
    {
        var index = records.IndexOf(MemoryRecord.Probe(from));
        var rest = records.ToBuilder();
        for (var i = index < 0 ? ~index : index; i < records.Count; i++)
        {
            var record = records[i];
            if (record.Key.AsSpan().SequenceCompareTo(end) >= 0)
            {
                break;
            }

            rest.Remove(record);
        }

        return rest.ToImmutable();
    }

    private void Add(Kind kind, Table table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _writes.Add(new Write(kind, table, key.ToArray(), value.ToArray()));
        Size += RecordOverhead + key.Length + value.Length;
    }

    private readonly record struct Write(Kind Kind, Table Table, byte[] Key, byte[] Value);
}
