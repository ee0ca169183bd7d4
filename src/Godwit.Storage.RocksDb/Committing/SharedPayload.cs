namespace Godwit.Storage.RocksDb.Committing;

/// <summary>A payload that lies on disk once for several journals. It goes when the last of their records is given up.</summary>
internal sealed class SharedPayload(long sequence)
{
    /// <summary>Sequence of the publish: the payload's key.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>Records that refer to it and are not given up.</summary>
    public int References { get; set; }
}
