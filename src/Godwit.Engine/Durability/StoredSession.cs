namespace Godwit.Engine.Durability;

/// <summary>A session as the store keeps it.</summary>
/// <param name="Number">Number of the session, never used again: another session of the same client has another.</param>
/// <param name="ClientIdentifier">Client Identifier.</param>
/// <param name="ExpirySeconds">Session Expiry Interval (§3.1.2.11.2).</param>
/// <param name="IsDurable">False for a session that ends with its connection and is known to the store for its will alone.</param>
/// <param name="IsConnected">True while a connection is there; false from its end on.</param>
public sealed record StoredSession(long Number, byte[] ClientIdentifier, uint ExpirySeconds, bool IsDurable, bool IsConnected);
