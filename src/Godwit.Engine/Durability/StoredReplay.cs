namespace Godwit.Engine.Durability;

/// <summary>Retained messages that a new subscription still has to be sent, as the store keeps it.</summary>
/// <param name="RequestedFilter">The subscription.</param>
/// <param name="Fence">What was retained later comes as a live message.</param>
/// <param name="Position">The topic behind which the replay goes on; null: from the start.</param>
public readonly record struct StoredReplay(byte[] RequestedFilter, long Fence, byte[]? Position);
