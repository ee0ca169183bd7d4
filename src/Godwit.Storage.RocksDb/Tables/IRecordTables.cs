using System.Buffers;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>
/// Ordered tables of records with atomic writes across all of them: what the store's logic asks of its disk. Keys compare
/// bytewise and unsigned; a key that is a prefix of another comes first.
/// </summary>
/// <remarks>
/// Commits come from one thread at a time. <see cref="TryGet"/> and cursors may be used beside them from any thread; one
/// cursor or write set belongs to one thread at a time. Cursors and write sets are disposed before the tables are.
/// </remarks>
internal interface IRecordTables : IDisposable
{
    /// <summary>An empty set of writes, to be filled, committed, cleared and filled again.</summary>
    IWriteSet CreateWriteSet();

    /// <summary>
    /// Applies all writes of the set or none, in the order in which they were added, after all commits before it. The set
    /// keeps its content. With <see cref="WriteGuarantee.Fsync"/> all earlier commits are on stable storage as well.
    /// </summary>
    /// <exception cref="StoreException">The disk refuses. Whether this commit survives a restart is unknown; nothing further may be acknowledged.</exception>
    void Commit(IWriteSet writes, WriteGuarantee guarantee);

    /// <summary>Appends the value under <paramref name="key"/> to <paramref name="value"/>; false, and nothing appended, when there is none.</summary>
    /// <exception cref="StoreException">The record cannot be read.</exception>
    bool TryGet(Table table, ReadOnlySpan<byte> key, IBufferWriter<byte> value);

    /// <summary>
    /// Opens a cursor over one table as of now: it does not see later commits until it is refreshed. It stands nowhere yet.
    /// An open cursor keeps what it sees from being given back to the disk: refresh or dispose it.
    /// </summary>
    ITableCursor OpenCursor(Table table);
}
