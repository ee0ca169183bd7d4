namespace Godwit.Simulation;

/// <summary>How slow the store is.</summary>
/// <param name="CommitDelayMax">Milliseconds until a batch is committed, at most; 0: at once.</param>
/// <param name="LateReadPercent">So many reads of a hundred are answered later.</param>
internal sealed record StorePlan(int CommitDelayMax, int LateReadPercent);
