namespace Godwit.Storage.RocksDb.Tables;

/// <summary>
/// Walks one table in the order of its keys, over what was committed when it was opened or last refreshed. Every method
/// that moves it throws <see cref="StoreException"/> when a record cannot be read; the end of the table is not an error.
/// </summary>
internal interface ITableCursor : IDisposable
{
    /// <summary>Whether it stands on a record.</summary>
    bool IsValid { get; }

    /// <summary>The key it stands on, valid until it moves. Only while <see cref="IsValid"/>.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>The value it stands on, valid until it moves. Only while <see cref="IsValid"/>.</summary>
    ReadOnlySpan<byte> Value { get; }

    /// <summary>Sees all commits up to now, and stands nowhere until the next seek.</summary>
    void Refresh();

    /// <summary>
    /// Refreshes the cursor and limits it to keys from <paramref name="from"/> up to but not including
    /// <paramref name="end"/> (empty: no limit on that side). A bound keeps a walk that ends at a border from reading on
    /// through records that were deleted behind it. Costs about as much as opening a cursor.
    /// </summary>
    void Bound(ReadOnlySpan<byte> from, ReadOnlySpan<byte> end);

    /// <summary>Moves to the first key that is not smaller than <paramref name="key"/>.</summary>
    /// <returns>Whether there is one.</returns>
    bool Seek(ReadOnlySpan<byte> key);

    /// <summary>Moves to the last key that is not greater than <paramref name="key"/>.</summary>
    /// <returns>Whether there is one.</returns>
    bool SeekForPrevious(ReadOnlySpan<byte> key);

    /// <summary>Moves to the first key.</summary>
    /// <returns>Whether there is one.</returns>
    bool SeekToFirst();

    /// <summary>Moves to the next key. Only while <see cref="IsValid"/>.</summary>
    /// <returns>Whether there is one.</returns>
    bool MoveNext();
}
