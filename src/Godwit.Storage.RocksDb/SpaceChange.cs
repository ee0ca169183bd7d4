namespace Godwit.Storage.RocksDb;

/// <summary>What a look at the disk has found.</summary>
internal enum SpaceChange : byte
{
    /// <summary>It is as it was.</summary>
    None,

    /// <summary>There is less room now than is to be left free.</summary>
    Full,

    /// <summary>There is room again.</summary>
    HasRoom,
}
