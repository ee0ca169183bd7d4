using System.Text;
using System.Text.Json;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Protocol;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Recovery;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Writes the lines of an export into the tables of an empty store.</summary>
internal sealed class ImportWriter : IDisposable
{
    private const long WritesBytesMax = 1024 * 1024;
    private const int EntryBytesMax = 64 * 1024;

    private readonly IRecordTables _tables;
    private readonly long _timeOfDay;
    private readonly IWriteSet _writes;
    private readonly RecordBuffer _record = new();
    private readonly RecordBuffer _entry = new();
    private readonly byte[] _key = new byte[Keys.PairLength];
    private long? _epoch;
    private long _queue;
    private long _first;
    private long _next;
    private long _firstSequence;
    private long _sequence;
    private long _bytesBefore;
    private long _bytes;
    private bool _isLatest;

    public ImportWriter(IRecordTables tables, long timeOfDay)
    {
        _tables = tables;
        _timeOfDay = timeOfDay;
        _writes = tables.CreateWriteSet();
    }

    public void Write(JsonElement line)
    {
        string? type = line.GetProperty("type").GetString();
        if (_epoch is null)
        {
            if (type != ExportWalk.Header || line.GetProperty("version").GetInt32() != ExportWalk.Version)
            {
                throw new FormatException($"the first line has to be of type {ExportWalk.Header} and version {ExportWalk.Version}.");
            }

            _epoch = line.GetProperty("epoch").GetInt64();
            return;
        }

        if (type != "message")
        {
            FinishEntry();
        }

        switch (type)
        {
            case "queue":
                WriteQueue(line);
                break;
            case "message":
                AddMessage(line);
                break;
            case "session":
                WriteSession(line);
                break;
            case "outgoing":
                _record.Clear();
                SingleMessageRecord.Write(_record, MessageOf(line), _timeOfDay, _timeOfDay);
                _writes.Put(
                    Table.Outbound, Keys.Outbound(line.GetProperty("session").GetInt64(), line.GetProperty("packetIdentifier").GetUInt16(), _key), _record.Span);
                break;
            case "will":
                _record.Clear();
                uint? expiry = line.TryGetProperty("expirySeconds", out var seconds) ? seconds.GetUInt32() : null;
                WillRecord.Write(_record, MessageOf(line), line.GetProperty("delayMilliseconds").GetInt64(), expiry, 0);
                _writes.Put(Table.Wills, Keys.Number(line.GetProperty("session").GetInt64(), _key), _record.Span);
                break;
            case "retained":
                _record.Clear();
                var retained = MessageOf(line);
                SingleMessageRecord.Write(_record, in retained, _timeOfDay, _timeOfDay);
                _writes.Put(Table.Retained, retained.Topic, _record.Span);
                break;
            default:
                throw new FormatException($"it has the type {type}.");
        }

        if (_writes.Size >= WritesBytesMax)
        {
            Commit();
        }
    }

    /// <summary>All lines are read.</summary>
    public void Finish()
    {
        if (_epoch is not { } epoch)
        {
            throw new FormatException("there is none.");
        }

        FinishEntry();
        Commit();
        StoreFormat.Write(_tables, epoch);
    }

    public void Dispose() => _writes.Dispose();

    private void Commit()
    {
        _tables.Commit(_writes, WriteGuarantee.Os);
        _writes.Clear();
    }

    private void WriteQueue(JsonElement line)
    {
        _queue = line.GetProperty("queue").GetInt64();
        _bytesBefore = 0;
        var kind = (JournalKind)line.GetProperty("kind").GetByte();
        _isLatest = kind == JournalKind.SessionLatest;
        _record.Clear();
        JournalHead.Write(_record, kind, BytesOf(line, "key"));
        _writes.Put(Table.Journals, Keys.Number(_queue, _key), _record.Span);
        if (kind == JournalKind.Group)
        {
            _record.Clear();
            GroupRecord.Write(_record, line.GetProperty("lowWater").GetInt64(), [.. line.GetProperty("settled").EnumerateArray().Select(index => index.GetInt64())]);
            _writes.Put(Table.Groups, Keys.Number(_queue, _key), _record.Span);
        }
    }

    private void AddMessage(JsonElement line)
    {
        long queue = line.GetProperty("queue").GetInt64();
        long index = line.GetProperty("index").GetInt64();
        long sequence = line.GetProperty("sequence").GetInt64();
        if (queue != _queue)
        {
            throw new FormatException($"the message does not follow the line of its queue, {queue}.");
        }

        if (_entry.Count >= EntryBytesMax || (_entry.Count > 0 && (index != _next || _isLatest)))
        {
            FinishEntry();
        }

        if (_entry.Count == 0)
        {
            _first = _next = index;
            _firstSequence = _sequence = sequence;
        }

        var message = MessageOf(line);
        _entry.Number(checked((ulong)(sequence - _sequence)));
        MessageRecord.Write(_entry, in message, _timeOfDay);
        _sequence = sequence;
        _next++;
        _bytes += message.Topic.Length + message.Properties.Length + message.Payload.Length;
    }

    private void FinishEntry()
    {
        if (_entry.Count == 0)
        {
            return;
        }

        _record.Clear();
        new EntryHeader(_first, (int)(_next - _first), _bytesBefore, _timeOfDay, _firstSequence).Write(_record);
        _record.Raw(_entry.Span);
        _writes.Put(Table.Entries, Keys.Pair(_queue, _first, _key), _record.Span);
        _entry.Clear();
        _bytesBefore += _bytes;
        _bytes = 0;
        if (_writes.Size >= WritesBytesMax)
        {
            Commit();
        }
    }

    private void WriteSession(JsonElement line)
    {
        long number = line.GetProperty("session").GetInt64();
        bool isConnected = line.GetProperty("connected").GetBoolean();
        _record.Clear();
        var session = new StoredSession(
            number, BytesOf(line, "clientId"), line.GetProperty("expirySeconds").GetUInt32(), line.GetProperty("durable").GetBoolean(), isConnected);
        SessionRecord.Write(_record, session, isConnected ? _timeOfDay : line.GetProperty("awaySince").GetInt64());
        _writes.Put(Table.Sessions, Keys.Number(number, _key), _record.Span);
        foreach (var each in line.GetProperty("subscriptions").EnumerateArray())
        {
            byte[] filter = BytesOf(each, "filter");
            var earlier = each.GetProperty("earlier").EnumerateArray().Select(one => new StoredOptions(
                one.GetProperty("options").GetByte(), one.GetProperty("identifier").GetUInt32(), one.GetProperty("end").GetInt64()));
            _record.Clear();
            SubscriptionRecord.Write(_record, new StoredSubscription(
                filter,
                each.GetProperty("options").GetByte(),
                each.GetProperty("identifier").GetUInt32(),
                each.GetProperty("queue").GetInt64(),
                each.GetProperty("retainFence").GetInt64(),
                [.. earlier]));
            _writes.Put(Table.Subscriptions, [.. Keys.Number(number, _key), .. filter], _record.Span);
        }

        if (line.TryGetProperty("progress", out var progress))
        {
            WriteProgress(number, progress);
        }
    }

    private void WriteProgress(long session, JsonElement json)
    {
        StoredCursor[] places = [.. json.GetProperty("places").EnumerateArray().Select(place => new StoredCursor(
            place.GetProperty("queue").GetInt64(),
            place.GetProperty("position").GetInt64(),
            place.TryGetProperty("end", out var end) ? end.GetInt64() : long.MaxValue))];
        StoredGap[] gaps = [.. json.GetProperty("gaps").EnumerateArray().Select(gap => new StoredGap(
            gap.GetProperty("queue").GetInt64(), gap.GetProperty("from").GetInt64(), gap.GetProperty("to").GetInt64()))];
        StoredExchange[] exchanges = [.. json.GetProperty("inFlight").EnumerateArray().Select(exchange => new StoredExchange(
            exchange.GetProperty("packetIdentifier").GetUInt16(),
            exchange.GetProperty("order").GetUInt32(),
            (QualityOfService)exchange.GetProperty("qos").GetByte(),
            exchange.GetProperty("released").GetBoolean(),
            exchange.GetProperty("retain").GetBoolean(),
            exchange.GetProperty("queue").GetInt64(),
            exchange.GetProperty("index").GetInt64()))];
        StoredReplay[] replays = [.. json.GetProperty("replays").EnumerateArray().Select(replay => new StoredReplay(
            BytesOf(replay, "filter"), replay.GetProperty("fence").GetInt64(), HasBytes(replay, "position") ? BytesOf(replay, "position") : null))];
        ushort[] inbound = [.. json.GetProperty("inbound").EnumerateArray().Select(identifier => identifier.GetUInt16())];
        var progress = new SessionProgress
        {
            IsWide = json.GetProperty("wide").GetBoolean(),
            LastPacketIdentifier = json.GetProperty("lastPacketIdentifier").GetUInt16(),
            Cursors = places,
            Gaps = gaps,
            Exchanges = exchanges,
            Inbound = inbound,
            Replays = replays,
        };
        _record.Clear();
        ProgressRecord.Write(_record, in progress);
        _writes.Put(Table.Progress, Keys.Number(session, _key), _record.Span);
        foreach (ref readonly var place in progress.IsWide ? progress.Cursors : [])
        {
            _record.Clear();
            ProgressRecord.WriteWideCursor(_record, in place, progress.Gaps);
            _writes.Put(Table.Progress, Keys.Pair(session, place.Journal, _key), _record.Span);
        }
    }

    private static StoredMessage MessageOf(JsonElement line) => new()
    {
        Topic = BytesOf(line, "topic"),
        QoS = (QualityOfService)line.GetProperty("qos").GetByte(),
        Retain = line.GetProperty("retain").GetBoolean(),
        ExpiresAt = line.TryGetProperty("expiresAt", out var expiry) ? expiry.GetInt64() : long.MaxValue,
        RetainSequence = line.TryGetProperty("retainSequence", out var sequence) ? sequence.GetInt64() : 0,
        Publisher = BytesOf(line, "publisher"),
        Properties = line.TryGetProperty("propertiesBase64", out var properties) ? properties.GetBytesFromBase64() : [],
        Payload = BytesOf(line, "payload"),
    };

    private static bool HasBytes(JsonElement element, string name) => element.TryGetProperty(name, out _) || element.TryGetProperty(name + "Base64", out _);

    private static byte[] BytesOf(JsonElement element, string name) =>
        element.TryGetProperty(name + "Base64", out var encoded)
            ? encoded.GetBytesFromBase64()
            : Encoding.UTF8.GetBytes(element.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null."));
}
