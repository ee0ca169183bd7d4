namespace Godwit.Broker.Listeners;

/// <summary>What counts as one address for the accept limits: an IPv4 address, or the /64 network of an IPv6 address, which one customer owns whole.</summary>
internal readonly record struct PeerKey(ulong Value);
