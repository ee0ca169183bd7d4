namespace Godwit.Storage.RocksDb.Tables;

/// <summary>A record of <see cref="MemoryTables"/>.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Puts">How often it was put since it was last absent.</param>
internal sealed record MemoryRecord(byte[] Key, byte[] Value, int Puts)
{
    /// <summary>The order of keys: bytewise, unsigned.</summary>
    public static readonly IComparer<MemoryRecord> ByKey =
        Comparer<MemoryRecord>.Create(static (left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));

    /// <summary>A record to search with.</summary>
    public static MemoryRecord Probe(ReadOnlySpan<byte> key) => new(key.ToArray(), [], 0);
}
