using Godwit.Engine.Durability;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>A subscription on disk; its filter is part of the key.</summary>
internal static class SubscriptionRecord
{
    private const byte Known = 1;

    public static void Write(RecordBuffer record, StoredSubscription subscription, long since = -1)
    {
        record.Byte(Known);
        record.Byte(subscription.Options);
        record.Number(subscription.Identifier);
        record.Number(subscription.Journal);
        record.Number(subscription.RetainFence);
        record.Number(since + 1);
        record.Number(subscription.Earlier.Count);
        foreach (var earlier in subscription.Earlier)
        {
            record.Byte(earlier.Options);
            record.Number(earlier.Identifier);
            record.Number(earlier.EndIndex);
        }
    }

    public static StoredSubscription Read(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> value)
    {
        var record = new RecordReader(value, "subscription");
        record.Version(Known);
        byte options = record.Byte();
        uint identifier = (uint)record.Number();
        long journal = record.Number();
        long fence = record.Number();
        long since = record.Number() - 1;
        var earlier = new List<StoredOptions>();
        for (long count = record.Number(); count > 0; count--)
        {
            earlier.Add(new StoredOptions(record.Byte(), (uint)record.Number(), record.Number()));
        }

        return new StoredSubscription(filter.ToArray(), options, identifier, journal, fence, earlier) { Since = since };
    }
}
