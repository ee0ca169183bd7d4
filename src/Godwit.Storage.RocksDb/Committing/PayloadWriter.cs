using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>
/// The committer's part that writes a large payload once where one publish goes into several journals: a session with its own
/// queue would else cost a copy each.
/// </summary>
internal sealed class PayloadWriter(IWriteSet writes, int sharedBytesMin)
{
    private readonly List<(long Journal, long Index)> _references = [];
    private readonly RecordBuffer _record = new();
    private readonly byte[] _key = new byte[Keys.PairLength];
    private Message? _message;

    /// <summary>An append that begins a publish; <paramref name="following"/> are the operations behind it.</summary>
    public void Begin(Message message, long sequence, ReadOnlySpan<StoreOperation> following)
    {
        if (message.Payload.Length < sharedBytesMin
            || following.IsEmpty
            || following[0] is not { Kind: StoreOperationKind.Append, ContinuesPublish: true })
        {
            return;
        }

        _message = message;
        Current = new SharedPayload(sequence);
    }

    /// <summary>The payload of the publish that is being appended; null when it is kept with each record.</summary>
    public SharedPayload? Current { get; private set; }

    /// <summary>A record that refers to it.</summary>
    public void Add(Journal journal, long index)
    {
        _references.Add((journal.Id, index));
        Current!.References++;
    }

    /// <summary>All of the publish is appended: writes what its records refer to.</summary>
    public void End()
    {
        if (Current is { References: > 0 } payload)
        {
            _record.Clear();
            PayloadRecord.Write(_record, _references, _message!.Payload);
            writes.Put(Table.Payloads, Keys.Number(payload.Sequence, _key), _record.Span);
        }

        _references.Clear();
        Current = null;
        _message = null;
    }

    /// <summary>A record that refers to it is given up.</summary>
    public void Release(SharedPayload payload)
    {
        if (--payload.References == 0)
        {
            writes.DeleteOnce(Table.Payloads, Keys.Number(payload.Sequence, _key));
        }
    }
}
