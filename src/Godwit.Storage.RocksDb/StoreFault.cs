namespace Godwit.Storage.RocksDb;

/// <summary>Why the store failed.</summary>
public enum StoreFault : byte
{
    /// <summary>Any other reason; the message says which.</summary>
    Other,

    /// <summary>The directory cannot be used as it is: not writable, not a directory, or full of other files.</summary>
    Directory,

    /// <summary>Another process works on the directory.</summary>
    Locked,

    /// <summary>The disk, or this user's share of it, is full. Nothing written is lost; the store can go on when there is room.</summary>
    NoSpace,

    /// <summary>The store was written by a newer version of Godwit.</summary>
    NewerFormat,

    /// <summary>What is on the disk is not what was written.</summary>
    Corruption,

    /// <summary>The disk failed to read, to write or to sync.</summary>
    InputOutput,
}
