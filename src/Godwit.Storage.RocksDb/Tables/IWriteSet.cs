namespace Godwit.Storage.RocksDb.Tables;

/// <summary>Writes to be committed together. Keys and values are copied when they are added.</summary>
internal interface IWriteSet : IDisposable
{
    /// <summary>How many writes there are; a range counts once.</summary>
    int Count { get; }

    /// <summary>About how many bytes the commit will write to the log.</summary>
    long Size { get; }

    /// <summary>Sets the value under a key.</summary>
    void Put(Table table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Removes a key, which need not exist.</summary>
    void Delete(Table table, ReadOnlySpan<byte> key);

    /// <summary>
    /// Removes a key that was put exactly once since it was last removed, or never. Cheaper than <see cref="Delete"/>: both
    /// records vanish where they meet. After a second put the older value could come back: never use it on such a key, nor
    /// mix it with <see cref="Delete"/> or <see cref="DeleteRange"/> on the same key.
    /// </summary>
    void DeleteOnce(Table table, ReadOnlySpan<byte> key);

    /// <summary>Removes all keys from <paramref name="from"/> up to but not including <paramref name="end"/>.</summary>
    void DeleteRange(Table table, ReadOnlySpan<byte> from, ReadOnlySpan<byte> end);

    /// <summary>Forgets all writes, to be filled again.</summary>
    void Clear();
}
