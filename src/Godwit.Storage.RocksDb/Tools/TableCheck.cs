using System.Text;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Protocol;
using Godwit.Storage.RocksDb.Reading;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Walks all tables once, decodes each record, and looks whether what it refers to is there.</summary>
internal sealed class TableCheck(IRecordTables tables, StoreCounts counts, Findings findings, ProgressPace pace)
{
    private readonly Dictionary<long, JournalExtent> _journals = [];
    private readonly HashSet<long> _sessions = [];
    private readonly HashSet<(long Session, ushort PacketIdentifier)> _outgoing = [];
    private readonly HashSet<long> _referred = [];
    private ITableCursor? _payloads;
    private byte[] _publisher = [];

    private delegate void RecordCheck(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    public void Run()
    {
        Walk(Table.Journals, CheckJournal);
        Walk(Table.Entries, CheckEntry);
        _payloads?.Dispose();
        Walk(Table.Payloads, CheckPayload);
        Walk(Table.Groups, CheckGroup);
        Walk(Table.Sessions, CheckSession);
        Walk(Table.Subscriptions, CheckSubscription);
        Walk(Table.Outbound, CheckOutgoing);
        Walk(Table.Progress, CheckProgress);
        Walk(Table.Wills, CheckWill);
        Walk(Table.Retained, CheckRetained);
        foreach (var journal in _journals.Values)
        {
            counts.QueuedMessages += journal.Count;
            counts.QueuedBytes += journal.Bytes;
        }
    }

    private void Walk(Table table, RecordCheck check)
    {
        long count = 0;
        byte[] at = [];
        try
        {
            using var cursor = tables.OpenCursor(table);
            for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
            {
                at = cursor.Key.ToArray();
                Check(table, check, cursor.Key, cursor.Value);
                count++;
                pace.Tell($"{TableNames.Of(table)}: {count} records");
            }
        }
        catch (StoreException error)
        {
            findings.Error(table, at.Length == 0 ? "the start" : "behind " + Hex(at), $"the rest of the table cannot be read. {error.Message}");
        }
    }

    private void Check(Table table, RecordCheck check, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        try
        {
            check(key, value);
        }
        catch (Exception error) when (error is StoreException or ArgumentOutOfRangeException or OverflowException or OutOfMemoryException)
        {
            findings.Error(table, Hex(key), error.Message);
        }
    }

    private void CheckJournal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long id = Keys.NumberOf(key);
        var kind = JournalHead.Read(value, out var name);
        counts.Queues++;
        counts.Groups += kind == JournalKind.Group ? 1 : 0;
        if (!Enum.IsDefined(kind))
        {
            findings.Error(Table.Journals, $"{id}", $"the kind of the queue is {(byte)kind}, which is none");
        }
        else if (name.IsEmpty || (kind is JournalKind.Filter or JournalKind.Group && !Utf8Rules.IsValid(name)))
        {
            findings.Error(Table.Journals, $"{id}", "the queue has no valid name");
        }

        _journals.Add(id, new JournalExtent(kind, Encoding.UTF8.GetString(name)));
    }

    private void CheckEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long id = Keys.NumberOf(key);
        var record = new RecordReader(value, "entry");
        var header = EntryHeader.Read(Keys.SecondOf(key), ref record);
        string name = $"{id}/{header.First}";
        if (!_journals.TryGetValue(id, out var journal))
        {
            findings.Leftover(Table.Entries, name, $"{header.Count} messages of a queue that is not known");
            return;
        }

        bool hasGaps = journal.Kind == JournalKind.SessionLatest;
        if (!journal.IsEmpty && (hasGaps ? header.First < journal.End : header.First != journal.End))
        {
            findings.Error(
                Table.Entries,
                name,
                header.First > journal.End
                    ? $"messages {journal.End} to {header.First - 1} of '{journal.Key}' are missing"
                    : $"messages {header.First} to {journal.End - 1} of '{journal.Key}' are there twice");
        }
        else if (!journal.IsEmpty && ((hasGaps ? header.BytesBefore < journal.BytesEnd : header.BytesBefore != journal.BytesEnd) || header.Sequence < journal.Sequence))
        {
            findings.Error(Table.Entries, name, $"the messages of '{journal.Key}' do not continue those before");
        }

        long bytes = header.BytesBefore;
        long sequence = header.Sequence;
        for (int i = 0; i < header.Count; i++)
        {
            sequence += record.Number();
            var message = MessageRecord.Read(ref record, 0, 0, ref _publisher, out long sharedLength);
            if (sharedLength >= 0)
            {
                if (SharedPayloads.TryRead(_payloads ??= tables.OpenCursor(Table.Payloads), sequence, ref message) && message.Payload.Length == sharedLength)
                {
                    _referred.Add(sequence);
                }
                else
                {
                    findings.Error(Table.Payloads, $"{sequence}", $"the payload of message {header.First + i} of '{journal.Key}' is missing");
                    bytes += sharedLength - message.Payload.Length;
                }
            }

            bytes += CheckMessage(message, Table.Entries, $"{id}/{header.First + i}");
        }

        if (!record.IsAtEnd || header.Count == 0 || (hasGaps && header.Count != 1))
        {
            findings.Error(Table.Entries, name, "the entry has another length than it says");
        }

        journal.Extend(header.First, header.End, header.BytesBefore, bytes, sequence);
    }

    private void CheckPayload(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long sequence = Keys.NumberOf(key);
        PayloadRecord.Read(value, references: null);
        if (!_referred.Contains(sequence))
        {
            findings.Leftover(Table.Payloads, $"{sequence}", "no queued message has this payload");
        }
    }

    private void CheckGroup(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long id = Keys.NumberOf(key);
        var settled = new List<long>();
        long lowWater = GroupRecord.Read(value, settled);
        if (!_journals.TryGetValue(id, out var journal) || journal.Kind != JournalKind.Group)
        {
            findings.Leftover(Table.Groups, $"{id}", "the group has no queue");
        }
        else if (!journal.IsEmpty && (lowWater > journal.End || (settled.Count > 0 && settled[^1] >= journal.End)))
        {
            findings.Error(Table.Groups, $"{id}", $"'{journal.Key}' is done with messages up to {Math.Max(lowWater, settled.LastOrDefault())}, but its queue ends at {journal.End}");
        }
    }

    private void CheckSession(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long number = Keys.NumberOf(key);
        SessionRecord.Read(number, value, 0);
        counts.Sessions++;
        _sessions.Add(number);
    }

    private void CheckSubscription(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long session = Keys.NumberOf(key);
        var subscription = SubscriptionRecord.Read(key[8..], value);
        string name = $"{session}/{Encoding.UTF8.GetString(key[8..])}";
        counts.Subscriptions++;
        if (!Utf8Rules.IsValid(key[8..]) || (subscription.Options & 3) == 3)
        {
            findings.Error(Table.Subscriptions, name, "the filter or its options are not valid");
        }

        CheckOwner(Table.Subscriptions, session, name);
    }

    private void CheckOutgoing(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var reader = new RecordReader(key, "key");
        long session = reader.SortableInt64();
        ushort packetIdentifier = reader.SortableUInt16();
        string name = $"{session}/{packetIdentifier}";
        CheckMessage(SingleMessageRecord.Read(value, 0, 0, ref _publisher), Table.Outbound, name);
        counts.OutgoingMessages++;
        _outgoing.Add((session, packetIdentifier));
        CheckOwner(Table.Outbound, session, name);
    }

    private void CheckProgress(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long session = Keys.NumberOf(key);
        var record = new ProgressRecord();
        if (key.Length == Keys.PairLength)
        {
            record.ReadWideCursor(Keys.SecondOf(key), value);
        }
        else
        {
            record.Read(value);
        }

        string name = $"{session}";
        CheckOwner(Table.Progress, session, name);
        var progress = record.AsProgress();
        foreach (ref readonly var cursor in progress.Cursors)
        {
            if (_journals.TryGetValue(cursor.Journal, out var journal) && !journal.IsEmpty && cursor.Position > journal.End)
            {
                findings.Error(Table.Progress, name, $"the session has read '{journal.Key}' up to {cursor.Position}, but that queue ends at {journal.End}");
            }
        }

        foreach (ref readonly var exchange in progress.Exchanges)
        {
            CheckExchange(session, name, in exchange);
        }
    }

    private void CheckExchange(long session, string name, in StoredExchange exchange)
    {
        if (exchange.PacketIdentifier == 0 || exchange.QoS is not (QualityOfService.AtLeastOnce or QualityOfService.ExactlyOnce))
        {
            findings.Error(Table.Progress, name, $"a message is on its way under packet identifier {exchange.PacketIdentifier} at QoS {(int)exchange.QoS}");
        }
        else if (exchange.Released)
        {
            return;
        }
        else if (exchange.Journal == 0 && !_outgoing.Contains((session, exchange.PacketIdentifier)))
        {
            findings.Leftover(Table.Progress, name, $"the message on its way under packet identifier {exchange.PacketIdentifier} is not there");
        }
        else if (exchange.Journal != 0 && _journals.TryGetValue(exchange.Journal, out var journal) && !journal.IsEmpty && exchange.Index >= journal.End)
        {
            findings.Error(Table.Progress, name, $"message {exchange.Index} of '{journal.Key}' is on its way, but that queue ends at {journal.End}");
        }
    }

    private void CheckWill(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long session = Keys.NumberOf(key);
        var record = new RecordReader(value, "will");
        WillRecord.ReadTerms(ref record);
        CheckMessage(MessageRecord.Read(ref record, 0, 0, ref _publisher), Table.Wills, $"{session}");
        counts.Wills++;
        CheckOwner(Table.Wills, session, $"{session}");
    }

    private void CheckRetained(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        string topic = Encoding.UTF8.GetString(key);
        var message = SingleMessageRecord.Read(value, 0, 0, ref _publisher);
        counts.RetainedMessages++;
        counts.RetainedBytes += CheckMessage(message, Table.Retained, topic);
        if (!message.Topic.SequenceEqual(key) || message.Payload.IsEmpty)
        {
            findings.Error(Table.Retained, topic, "the retained message has another topic, or no payload");
        }
    }

    private int CheckMessage(scoped in StoredMessage message, Table table, string key)
    {
        if (message.Topic.IsEmpty || !Utf8Rules.IsValid(message.Topic) || message.QoS > QualityOfService.ExactlyOnce)
        {
            findings.Error(table, key, "the message has no valid topic or QoS");
        }

        return message.Topic.Length + message.Properties.Length + message.Payload.Length;
    }

    private void CheckOwner(Table table, long session, string key)
    {
        if (!_sessions.Contains(session))
        {
            findings.Leftover(table, key, "its session is gone");
        }
    }

    private static string Hex(ReadOnlySpan<byte> key) => "0x" + Convert.ToHexStringLower(key[..Math.Min(key.Length, 64)]);
}
