namespace Godwit.Storage.RocksDb;

/// <summary>What a store reports to its host.</summary>
public enum StoreEventKind : byte
{
    /// <summary>It is open.</summary>
    Opened,

    /// <summary>The end of the log could not be read and was dropped.</summary>
    LogCut,

    /// <summary>There is less room on the disk than is to be left free: messages that need the store are refused.</summary>
    Full,

    /// <summary>The disk has refused a write for lack of room: it is tried again until there is some, and nothing is acknowledged meanwhile.</summary>
    NoSpace,

    /// <summary>There is room again: everything is taken as before.</summary>
    HasRoom,

    /// <summary>The store was closed while the disk was full: what nobody was told of is lost.</summary>
    NotWritten,

    /// <summary>Records that should be in a queue are not there.</summary>
    RecordsMissing,

    /// <summary>So much waits in all queues together as may: messages that need the store are refused.</summary>
    QueuesFull,

    /// <summary>Less waits again: everything is taken as before.</summary>
    QueuesHaveRoom,
}
