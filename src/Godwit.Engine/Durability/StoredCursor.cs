namespace Godwit.Engine.Durability;

/// <summary>Where a session reads a journal, as the store keeps it.</summary>
/// <param name="Journal">Number of the journal.</param>
/// <param name="Position">Index of the next record to read.</param>
/// <param name="End">Index behind the last record that concerns the session; <see cref="long.MaxValue"/> while the subscription lasts.</param>
public readonly record struct StoredCursor(long Journal, long Position, long End);
