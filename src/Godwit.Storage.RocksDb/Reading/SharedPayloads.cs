using Godwit.Engine.Durability;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Reading;

/// <summary>Brings together messages and payloads that lie on disk once for several of them.</summary>
internal static class SharedPayloads
{
    /// <summary>Gives the message its payload; false when that is not there. Good until the cursor moves.</summary>
    public static bool TryRead(ITableCursor payloads, long sequence, ref StoredMessage message)
    {
        Span<byte> key = stackalloc byte[8];
        if (!payloads.Seek(Keys.Number(sequence, key)) || Keys.NumberOf(payloads.Key) != sequence)
        {
            return false;
        }

        message = message with { Payload = PayloadRecord.Read(payloads.Value, references: null) };
        return true;
    }
}
