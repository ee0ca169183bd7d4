using Godwit.Engine.Journals;

namespace Godwit.Storage.RocksDb;

/// <summary>How a <see cref="RocksDbStore"/> works.</summary>
public sealed record RocksDbStoreOptions
{
    /// <summary>The directory that the store has to itself. Made when it is not there.</summary>
    public required string Directory { get; init; }

    /// <summary>What an acknowledged message survives: <see cref="DurabilityLevel.Os"/> or <see cref="DurabilityLevel.Fsync"/>.</summary>
    public DurabilityLevel Level { get; init; } = DurabilityLevel.Fsync;

    /// <summary>Memory for the latest messages of all queues together, in bytes. Default 32 MiB: whoever keeps up never reads from disk.</summary>
    public long LatestBytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>Memory for messages read from disk for clients that lag, in bytes. Default 32 MiB.</summary>
    public long ReadBytesMax { get; init; } = 32 * 1024 * 1024;

    /// <summary>What may wait to be committed before publishers are read more slowly, in bytes. Default 16 MiB.</summary>
    public long WaitingBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Space on the disk that is left free, in bytes: below it messages that would have to be stored are refused. Default 128 MiB: enough to write down acknowledgements, and to remove what they make superfluous.</summary>
    public long FreeBytesMin { get; init; } = 128 * 1024 * 1024;

    /// <summary>Messages that wait in all queues together, at least 1: from there on messages that would have to be stored are refused until there are fewer again. <see cref="long.MaxValue"/>: no limit.</summary>
    public long QueuedMessagesMax { get; init; } = long.MaxValue;

    /// <summary>Bytes of their topics, properties and payloads, at least 1; likewise.</summary>
    public long QueuedBytesMax { get; init; } = long.MaxValue;

    /// <summary>The clocks.</summary>
    public StoreClock Clock { get; init; } = StoreClock.System;

    /// <summary>How much space is free on the disk, in bytes; null: ask the system.</summary>
    public Func<long>? FreeBytes { get; init; }

    /// <summary>Told what an operator should know, on whichever thread it happens; must not wait. Null: nobody is told.</summary>
    public Action<StoreEvent>? Report { get; init; }
}
