namespace Godwit.Engine.Journals;

/// <summary>Records of a journal that a reader has lost, by the reason for which they were given up.</summary>
/// <param name="QueueFull">For the limits in messages and bytes.</param>
/// <param name="Expired">Because their Message Expiry Interval was over.</param>
/// <param name="TooOld">Because they had waited for longer than the queue allows.</param>
internal readonly record struct GivenUpCount(long QueueFull, long Expired, long TooOld);
