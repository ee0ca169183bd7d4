namespace Godwit.Storage.RocksDb.Tables;

/// <summary>What a commit has survived by the time it returns.</summary>
internal enum WriteGuarantee : byte
{
    /// <summary>A crash of the process: the log record is in the kernel's hands, not yet synced.</summary>
    Os,

    /// <summary>Loss of power: the log is synced up to and with this commit.</summary>
    Fsync,
}
