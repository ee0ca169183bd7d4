using System.Text.Json;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Storage.RocksDb.Reading;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Recovery;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>
/// Walks a store and writes its lines: queues with their messages, then each session with its subscriptions, its places in the
/// queues and what is on its way, then retained messages. With <paramref name="timeOfDay"/> in the place of both clocks, what a
/// record says of its expiry becomes a time of day.
/// </summary>
internal sealed class ExportWalk(RocksDbTables tables, LineWriter lines, long timeOfDay, ProgressPace pace)
{
    public const string Header = "godwit-store";
    public const int Version = 1;

    private readonly Dictionary<long, JournalExtent> _journals = [];
    private readonly Dictionary<long, long> _floors = [];
    private readonly ProgressRecord _progress = new();
    private byte[] _publisher = [];
    private long _written;

    public void Run()
    {
        var json = lines.Begin(Header);
        json.WriteNumber("version", Version);
        json.WriteNumber("epoch", StoreFormat.ReadEpoch(tables));
        json.WriteNumber("exportedAt", timeOfDay);
        lines.End();
        FindFloors();
        WriteQueues();
        WriteSessions();
        WriteOutgoing();
        WriteWills();
        WriteRetained();
    }

    // What lies below every reader's place waits for nobody.
    private void FindFloors()
    {
        using var cursor = tables.OpenCursor(Table.Progress);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            ReadProgress(cursor);
            var progress = _progress.AsProgress();
            foreach (ref readonly var place in progress.Cursors)
            {
                Lower(place.Journal, place.Position);
            }

            foreach (ref readonly var exchange in progress.Exchanges)
            {
                if (exchange.Journal != 0 && !exchange.Released)
                {
                    Lower(exchange.Journal, exchange.Index);
                }
            }
        }
    }

    private void Lower(long journal, long index) => _floors[journal] = Math.Min(index, _floors.GetValueOrDefault(journal, long.MaxValue));

    private void ReadProgress(ITableCursor cursor)
    {
        _progress.Clear();
        if (cursor.Key.Length == Keys.PairLength)
        {
            _progress.ReadWideCursor(Keys.SecondOf(cursor.Key), cursor.Value);
        }
        else
        {
            _progress.Read(cursor.Value);
        }
    }

    private void WriteQueues()
    {
        var settled = new List<long>();
        using var groups = tables.OpenCursor(Table.Groups);
        using var cursor = tables.OpenCursor(Table.Journals);
        using var entries = tables.OpenCursor(Table.Entries);
        using var payloads = tables.OpenCursor(Table.Payloads);
        byte[] key = new byte[8];
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            long id = Keys.NumberOf(cursor.Key);
            var kind = JournalHead.Read(cursor.Value, out var name);
            settled.Clear();
            long lowWater = groups.Seek(Keys.Number(id, key)) && Keys.NumberOf(groups.Key) == id ? GroupRecord.Read(groups.Value, settled) : 0;
            var json = lines.Begin("queue");
            json.WriteNumber("queue", id);
            json.WriteNumber("kind", (int)kind);
            LineWriter.WriteBytes(json, "key", name);
            if (kind == JournalKind.Group)
            {
                json.WriteNumber("lowWater", lowWater);
                WriteNumbers(json, "settled", settled);
                Lower(id, lowWater);
            }

            lines.End();
            var extent = new JournalExtent(kind, System.Text.Encoding.UTF8.GetString(name));
            _journals.Add(id, extent);
            WriteMessages(entries, payloads, id, _floors.GetValueOrDefault(id, long.MaxValue), extent);
        }
    }

    private void WriteMessages(ITableCursor entries, ITableCursor payloads, long journal, long floor, JournalExtent extent)
    {
        byte[] key = new byte[Keys.PairLength];
        for (bool more = entries.Seek(Keys.Pair(journal, 0, key)); more && Keys.NumberOf(entries.Key) == journal; more = entries.MoveNext())
        {
            var record = new RecordReader(entries.Value, "entry");
            var header = EntryHeader.Read(Keys.SecondOf(entries.Key), ref record);
            long age = Math.Max(0, timeOfDay - header.WrittenAt);
            long sequence = header.Sequence;
            extent.Extend(header.First, header.End, header.BytesBefore, header.BytesBefore, sequence);
            for (long index = header.First; index < header.End; index++)
            {
                sequence += record.Number();
                var message = MessageRecord.Read(ref record, timeOfDay, age, ref _publisher, out long sharedLength);
                if (index < floor)
                {
                    continue;
                }

                if (sharedLength >= 0 && !SharedPayloads.TryRead(payloads, sequence, ref message))
                {
                    throw new StoreException($"The payload of message {index} of queue {journal} is missing. Run `godwit-server store check`.");
                }

                var json = lines.Begin("message");
                json.WriteNumber("queue", journal);
                json.WriteNumber("index", index);
                json.WriteNumber("sequence", sequence);
                LineWriter.WriteMessage(json, in message);
                lines.End();
                pace.Tell($"{++_written} queued messages");
            }
        }
    }

    private void WriteSessions()
    {
        using var cursor = tables.OpenCursor(Table.Sessions);
        using var subscriptions = tables.OpenCursor(Table.Subscriptions);
        using var progress = tables.OpenCursor(Table.Progress);
        byte[] key = new byte[8];
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            long number = Keys.NumberOf(cursor.Key);
            var (session, away) = SessionRecord.Read(number, cursor.Value, timeOfDay);
            var json = lines.Begin("session");
            json.WriteNumber("session", number);
            LineWriter.WriteBytes(json, "clientId", session.ClientIdentifier);
            json.WriteNumber("expirySeconds", session.ExpirySeconds);
            json.WriteBoolean("durable", session.IsDurable);
            json.WriteBoolean("connected", session.IsConnected);
            if (!session.IsConnected)
            {
                json.WriteNumber("awaySince", timeOfDay - away);
            }

            json.WriteStartArray("subscriptions");
            for (bool has = subscriptions.Seek(Keys.Number(number, key)); has && Keys.NumberOf(subscriptions.Key) == number; has = subscriptions.MoveNext())
            {
                WriteSubscription(json, SubscriptionRecord.Read(subscriptions.Key[8..], subscriptions.Value));
            }

            json.WriteEndArray();
            _progress.Clear();
            bool isKnown = false;
            for (bool has = progress.Seek(Keys.Number(number, key)); has && Keys.NumberOf(progress.Key) == number; has = progress.MoveNext())
            {
                isKnown = true;
                if (progress.Key.Length == Keys.PairLength)
                {
                    _progress.ReadWideCursor(Keys.SecondOf(progress.Key), progress.Value);
                }
                else
                {
                    _progress.Read(progress.Value);
                }
            }

            if (isKnown)
            {
                WriteProgress(json, _progress.AsProgress());
            }

            lines.End();
        }
    }

    private static void WriteSubscription(Utf8JsonWriter json, StoredSubscription subscription)
    {
        json.WriteStartObject();
        LineWriter.WriteBytes(json, "filter", subscription.RequestedFilter);
        json.WriteNumber("options", subscription.Options);
        json.WriteNumber("identifier", subscription.Identifier);
        json.WriteNumber("queue", subscription.Journal);
        json.WriteNumber("retainFence", subscription.RetainFence);
        json.WriteStartArray("earlier");
        foreach (var earlier in subscription.Earlier)
        {
            json.WriteStartObject();
            json.WriteNumber("options", earlier.Options);
            json.WriteNumber("identifier", earlier.Identifier);
            json.WriteNumber("end", earlier.EndIndex);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteProgress(Utf8JsonWriter json, in SessionProgress progress)
    {
        json.WriteStartObject("progress");
        json.WriteBoolean("wide", progress.IsWide);
        json.WriteNumber("lastPacketIdentifier", progress.LastPacketIdentifier);
        json.WriteStartArray("places");
        foreach (ref readonly var place in progress.Cursors)
        {
            json.WriteStartObject();
            json.WriteNumber("queue", place.Journal);
            json.WriteNumber("position", place.Position);
            if (place.End != long.MaxValue)
            {
                json.WriteNumber("end", place.End);
            }

            long end = Math.Min(place.End, _journals.TryGetValue(place.Journal, out var extent) ? extent.End : 0);
            json.WriteNumber("waiting", Math.Clamp(end - Math.Max(place.Position, extent?.First ?? 0), 0, extent?.Count ?? 0));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("gaps");
        foreach (ref readonly var gap in progress.Gaps)
        {
            json.WriteStartObject();
            json.WriteNumber("queue", gap.Journal);
            json.WriteNumber("from", gap.From);
            json.WriteNumber("to", gap.To);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("inFlight");
        foreach (ref readonly var exchange in progress.Exchanges)
        {
            json.WriteStartObject();
            json.WriteNumber("packetIdentifier", exchange.PacketIdentifier);
            json.WriteNumber("order", exchange.Order);
            json.WriteNumber("qos", (int)exchange.QoS);
            json.WriteBoolean("released", exchange.Released);
            json.WriteBoolean("retain", exchange.Retain);
            json.WriteNumber("queue", exchange.Journal);
            json.WriteNumber("index", exchange.Index);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("inbound");
        foreach (ushort identifier in progress.Inbound)
        {
            json.WriteNumberValue(identifier);
        }

        json.WriteEndArray();
        json.WriteStartArray("replays");
        foreach (ref readonly var replay in progress.Replays)
        {
            json.WriteStartObject();
            LineWriter.WriteBytes(json, "filter", replay.RequestedFilter);
            json.WriteNumber("fence", replay.Fence);
            if (replay.Position is not null)
            {
                LineWriter.WriteBytes(json, "position", replay.Position);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteOutgoing()
    {
        using var cursor = tables.OpenCursor(Table.Outbound);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var key = new RecordReader(cursor.Key, "key");
            var json = lines.Begin("outgoing");
            json.WriteNumber("session", key.SortableInt64());
            json.WriteNumber("packetIdentifier", key.SortableUInt16());
            LineWriter.WriteMessage(json, SingleMessageRecord.Read(cursor.Value, timeOfDay, timeOfDay, ref _publisher));
            lines.End();
        }
    }

    private void WriteWills()
    {
        using var cursor = tables.OpenCursor(Table.Wills);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var record = new RecordReader(cursor.Value, "will");
            var (delay, expiry) = WillRecord.ReadTerms(ref record);
            var json = lines.Begin("will");
            json.WriteNumber("session", Keys.NumberOf(cursor.Key));
            json.WriteNumber("delayMilliseconds", delay);
            if (expiry is { } seconds)
            {
                json.WriteNumber("expirySeconds", seconds);
            }

            // The time of a will begins when it is published.
            LineWriter.WriteMessage(json, MessageRecord.Read(ref record, 0, 0, ref _publisher));
            lines.End();
        }
    }

    private void WriteRetained()
    {
        long count = 0;
        using var cursor = tables.OpenCursor(Table.Retained);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var json = lines.Begin("retained");
            LineWriter.WriteMessage(json, SingleMessageRecord.Read(cursor.Value, timeOfDay, timeOfDay, ref _publisher));
            lines.End();
            pace.Tell($"{++count} retained messages");
        }
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, List<long> numbers)
    {
        json.WriteStartArray(name);
        numbers.ForEach(json.WriteNumberValue);
        json.WriteEndArray();
    }
}
