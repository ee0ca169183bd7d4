namespace Godwit.Broker.Hooks;

/// <summary>A session was made.</summary>
/// <param name="ClientId">Its Client Identifier.</param>
public sealed record SessionStarted(string ClientId);
