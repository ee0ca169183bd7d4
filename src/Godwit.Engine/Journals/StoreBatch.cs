using Godwit.Engine.Durability;
using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>The writes of one loop's turn: committed together, or not at all.</summary>
public sealed class StoreBatch
{
    private BatchList<StoreOperation> _operations;
    private BatchList<ProgressPart> _progress;
    private BatchList<StoredCursor> _cursors;
    private BatchList<StoredGap> _gaps;
    private BatchList<StoredExchange> _exchanges;
    private BatchList<ushort> _inbound;
    private BatchList<StoredReplay> _replays;

    internal StoreBatch(int shard) => Shard = shard;

    /// <summary>The loop that wrote them.</summary>
    public int Shard { get; }

    /// <summary>Number of the batch among those of its shard, from 1.</summary>
    public long Ticket { get; internal set; }

    /// <summary>When it was handed over, in milliseconds of the engine's clock.</summary>
    public long SubmittedAt { get; internal set; }

    /// <summary>
    /// True when somebody waits for the commit: an answer to a client, a message, a reader. A batch for which nobody waits
    /// may be kept back for a moment, to be committed with the next one.
    /// </summary>
    public bool IsAwaited { get; internal set; }

    /// <summary>Has an operation of the kind <see cref="StoreOperationKind.RetainedSync"/>: one is enough.</summary>
    internal bool SyncsRetained { get; set; }

    /// <summary>Number of operations.</summary>
    public int Count => _operations.Count;

    /// <summary>Bytes of the messages that it appends.</summary>
    public long AppendedBytes { get; private set; }

    /// <summary>The writes, in order. The store fills in the results of appends.</summary>
    public Span<StoreOperation> Operations => _operations.Span;

    /// <summary>What an operation of the kind <see cref="StoreOperationKind.ProgressPut"/> writes.</summary>
    public SessionProgress ProgressOf(in StoreOperation operation)
    {
        ref var part = ref _progress.Span[(int)operation.Value];
        return new SessionProgress
        {
            IsWide = part.IsWide,
            LastPacketIdentifier = part.LastPacketIdentifier,
            Cursors = _cursors.Span[part.Cursors],
            Gaps = _gaps.Span[part.Gaps],
            Exchanges = _exchanges.Span[part.Exchanges],
            Inbound = _inbound.Span[part.Inbound],
            Replays = _replays.Span[part.Replays],
        };
    }

    internal void Add(in StoreOperation operation)
    {
        _operations.Add(in operation);
        IsAwaited |= operation.Change is not null;
        if (operation.Kind == StoreOperationKind.Append)
        {
            IsAwaited = true;
            AppendedBytes += operation.Message!.Size;
        }
    }

    internal ProgressStart BeginProgress() => new(_cursors.Count, _gaps.Count, _exchanges.Count, _inbound.Count, _replays.Count);

    internal void Add(in StoredCursor cursor) => _cursors.Add(in cursor);

    internal void Add(in StoredGap gap) => _gaps.Add(in gap);

    internal void Add(in StoredExchange exchange) => _exchanges.Add(in exchange);

    internal void AddInbound(ushort packetIdentifier) => _inbound.Add(in packetIdentifier);

    internal void Add(in StoredReplay replay) => _replays.Add(in replay);

    internal void EndProgress(long session, in ProgressStart start, bool isWide, ushort lastPacketIdentifier)
    {
        _operations.Add(new StoreOperation { Kind = StoreOperationKind.ProgressPut, Session = session, Value = _progress.Count });
        _progress.Add(new ProgressPart(
            isWide,
            lastPacketIdentifier,
            start.Cursors.._cursors.Count,
            start.Gaps.._gaps.Count,
            start.Exchanges.._exchanges.Count,
            start.Inbound.._inbound.Count,
            start.Replays.._replays.Count));
    }

    internal void Reset(MessagePool pool)
    {
        foreach (ref var operation in Operations)
        {
            operation.Message?.Release(pool);
        }

        _operations.Clear();
        _progress.Clear();
        _cursors.Clear();
        _gaps.Clear();
        _exchanges.Clear();
        _inbound.Clear();
        _replays.Clear();
        AppendedBytes = 0;
        IsAwaited = false;
        SyncsRetained = false;
    }

    internal readonly record struct ProgressStart(int Cursors, int Gaps, int Exchanges, int Inbound, int Replays);

    private readonly record struct ProgressPart(
        bool IsWide, ushort LastPacketIdentifier, Range Cursors, Range Gaps, Range Exchanges, Range Inbound, Range Replays);
}
