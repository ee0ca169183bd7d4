namespace Godwit.Storage.RocksDb.Tables;

/// <summary>How <see cref="RocksDbTables"/> open. The defaults keep a broker on a small device within some 50 MiB.</summary>
internal sealed record TablesOptions
{
    /// <summary>Memory for what is not yet in table files, over all tables; in bytes. Default 32 MiB.</summary>
    public long WriteBufferBytes { get; init; } = 32 << 20;

    /// <summary>Memory for blocks of table files, indexes and filters included; in bytes. Default 16 MiB.</summary>
    public long BlockCacheBytes { get; init; } = 16 << 20;

    /// <summary>Table files that are open at a time. Default 256: descriptors belong to connections.</summary>
    public int OpenFilesMax { get; init; } = 256;

    /// <summary>
    /// Log kept before the tables behind it are written out, in bytes: bounds the time that a start takes. Default 64 MiB.
    /// </summary>
    public long LogBytesMax { get; init; } = 64 << 20;

    /// <summary>
    /// Whether a damaged log may be cut at the damage even where commits follow. Right where the last run promised
    /// nothing about loss of power (<see cref="WriteGuarantee.Os"/>): the kernel writes unsynced pages in any order. Wrong
    /// after <see cref="WriteGuarantee.Fsync"/>: what follows has been acknowledged. <see cref="RocksDbTables.LogCut"/>
    /// tells what was cut. Default false: opening fails and says where the damage is.
    /// </summary>
    public bool CutDamagedLog { get; init; }
}
