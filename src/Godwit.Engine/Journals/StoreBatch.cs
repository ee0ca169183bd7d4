using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>The writes of one loop's turn: committed together, or not at all.</summary>
public sealed class StoreBatch
{
    private StoreOperation[] _operations = new StoreOperation[16];

    internal StoreBatch(int shard) => Shard = shard;

    /// <summary>The loop that wrote them.</summary>
    public int Shard { get; }

    /// <summary>Number of the batch among those of its shard, from 1.</summary>
    public long Ticket { get; internal set; }

    /// <summary>Number of operations.</summary>
    public int Count { get; private set; }

    /// <summary>The writes, in order. The store fills in the results of appends.</summary>
    public Span<StoreOperation> Operations => _operations.AsSpan(0, Count);

    internal void Add(in StoreOperation operation)
    {
        if (Count == _operations.Length)
        {
            Array.Resize(ref _operations, Count * 2);
        }

        _operations[Count++] = operation;
    }

    internal void Reset(MessagePool pool)
    {
        foreach (ref var operation in Operations)
        {
            operation.Message?.Release(pool);
        }

        Array.Clear(_operations, 0, Count);
        Count = 0;
    }
}
