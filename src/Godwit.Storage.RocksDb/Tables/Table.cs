namespace Godwit.Storage.RocksDb.Tables;

/// <summary>The tables of the store; each is a column family. <see cref="TableNames"/> has the names on disk.</summary>
internal enum Table : byte
{
    Meta,
    Journals,
    Entries,
    Groups,
    Sessions,
    Subscriptions,
    Progress,
    Outbound,
    Wills,
    Retained,
    Payloads,
}
