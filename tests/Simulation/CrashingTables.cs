using System.Buffers;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Simulation;

/// <summary>Tables whose last commit may be under way when the broker dies.</summary>
internal sealed class CrashingTables(MemoryTables tables) : IRecordTables
{
    /// <summary>Commits reach the disk's log and no further.</summary>
    public bool SyncsNoMore { get; set; }

    public IWriteSet CreateWriteSet() => tables.CreateWriteSet();

    public void Commit(IWriteSet writes, WriteGuarantee guarantee) =>
        tables.Commit(writes, SyncsNoMore ? WriteGuarantee.Os : guarantee);

    public bool TryGet(Table table, ReadOnlySpan<byte> key, IBufferWriter<byte> value) => tables.TryGet(table, key, value);

    public ITableCursor OpenCursor(Table table) => tables.OpenCursor(table);

    public void Dispose() => tables.Dispose();
}
