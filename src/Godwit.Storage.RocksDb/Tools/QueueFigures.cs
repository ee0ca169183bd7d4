namespace Godwit.Storage.RocksDb.Tools;

/// <summary>A queue of a store.</summary>
/// <param name="Name">The Topic Filter, <c>$share/NAME/FILTER</c>, or <c>session CLIENTID</c>.</param>
/// <param name="Messages">Messages on disk; up to some thousand that nobody needs any more are included.</param>
/// <param name="Bytes">Bytes of their topics, properties and payloads.</param>
public sealed record QueueFigures(string Name, long Messages, long Bytes);
