using Godwit.Engine.Messages;
using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Journals;

/// <summary>One write. Which fields mean something follows from <see cref="Kind"/>.</summary>
public struct StoreOperation
{
    /// <summary><see cref="Index"/> of an append that the journal's limits rejected.</summary>
    public const long Rejected = -1;

    /// <summary><see cref="Index"/> of an append to a journal that has ended.</summary>
    public const long NobodyReads = -2;

    /// <summary>What is written.</summary>
    public StoreOperationKind Kind { get; init; }

    /// <summary>True for the second and further appends of one publish: they share the first one's sequence.</summary>
    public bool ContinuesPublish { get; init; }

    /// <summary>Packet identifier, where the operation has one.</summary>
    public ushort PacketIdentifier { get; init; }

    /// <summary>Number of the session, where the operation belongs to one.</summary>
    public long Session { get; init; }

    /// <summary>A filter.</summary>
    public byte[]? Key { get; init; }

    /// <summary>The journal.</summary>
    public Journal? Journal { get; init; }

    /// <summary>The message; the batch owns one reference.</summary>
    public Message? Message { get; init; }

    /// <summary>What is kept, for the kinds that say so.</summary>
    public object? State { get; init; }

    /// <summary>
    /// Index in the journal. Set by the store for an append: the record's, or <see cref="Rejected"/>, or <see cref="NobodyReads"/>;
    /// and for a subscription with a journal: behind all that was committed there before.
    /// </summary>
    public long Index { get; set; }

    /// <summary>Place in the order of all commits; for an append set by the store.</summary>
    public long Sequence { get; set; }

    /// <summary>Small facts, see <see cref="StoreOperationKind"/>.</summary>
    public long Value { get; init; }

    /// <summary>What the engine does with the <see cref="Index"/> of a subscription.</summary>
    internal SubscriptionChange? Change { get; init; }
}
