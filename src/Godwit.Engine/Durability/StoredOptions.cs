namespace Godwit.Engine.Durability;

/// <summary>Options of a subscription that hold for the records of its journal below an index.</summary>
/// <param name="Options">Subscription Options (§3.8.3.1).</param>
/// <param name="Identifier">Subscription Identifier, 0 for none.</param>
/// <param name="EndIndex">The first record for which they do not hold.</param>
public readonly record struct StoredOptions(byte Options, uint Identifier, long EndIndex);
