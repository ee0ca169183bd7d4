using Godwit.Protocol;

namespace Godwit.Broker.Hooks;

/// <summary>One filter of a client's SUBSCRIBE.</summary>
/// <param name="Client">Who subscribes.</param>
/// <param name="TopicFilter">The Topic Filter without its <c>$share</c> part.</param>
/// <param name="ShareName">For a shared subscription its share name, else null.</param>
/// <param name="Options">What the client asks for.</param>
public sealed record SubscribeContext(ClientContext Client, string TopicFilter, string? ShareName, SubscriptionOptions Options);
