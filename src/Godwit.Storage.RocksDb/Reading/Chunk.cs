namespace Godwit.Storage.RocksDb.Reading;

/// <summary>Consecutive records of a journal, read from disk for someone who lags.</summary>
internal sealed class Chunk(long first, CachedRecord[] records, long size)
{
    public long First { get; } = first;

    /// <summary>Index behind the last.</summary>
    public long End => First + Records.Length;

    public CachedRecord[] Records { get; } = records;

    /// <summary>Bytes of memory, roughly.</summary>
    public long Size { get; } = size;
}
