namespace Godwit.Broker.Hooks;

/// <summary>A session ended.</summary>
/// <param name="ClientId">Its Client Identifier.</param>
/// <param name="QueuedMessages">Messages that waited for it and are gone.</param>
public sealed record SessionEnded(string ClientId, long QueuedMessages);
