namespace Godwit.Engine.Durability;

/// <summary>A session that has survived a restart.</summary>
/// <param name="Session">The session.</param>
/// <param name="AwayMilliseconds">For how long its client had been away already; 0 when it was connected at the end.</param>
public readonly record struct RestoredSession(StoredSession Session, long AwayMilliseconds);
