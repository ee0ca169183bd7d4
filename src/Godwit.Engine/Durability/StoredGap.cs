namespace Godwit.Engine.Durability;

/// <summary>Records of a journal that do not concern a session, though its cursor has still to pass them.</summary>
/// <param name="Journal">Number of the journal.</param>
/// <param name="From">The first of them.</param>
/// <param name="To">The index behind the last.</param>
public readonly record struct StoredGap(long Journal, long From, long To);
