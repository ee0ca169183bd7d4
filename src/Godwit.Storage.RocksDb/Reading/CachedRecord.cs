using Godwit.Engine.Messages;

namespace Godwit.Storage.RocksDb.Reading;

/// <summary>A record of a journal in memory.</summary>
/// <param name="Message">The message; whoever holds the record holds one reference.</param>
/// <param name="Sequence">Place in the order of all commits.</param>
/// <param name="BytesBefore">Bytes of all messages that were appended to the journal before it.</param>
internal readonly record struct CachedRecord(Message Message, long Sequence, long BytesBefore);
