namespace Godwit.Simulation;

/// <summary>The broker died.</summary>
/// <param name="At">Tick of it.</param>
/// <param name="Time">Virtual time of it.</param>
/// <param name="DurableUpTo">Virtual time up to which nothing that clients had done or seen can have been lost, asked for or not.</param>
internal sealed record ModelCrash(long At, long Time, long DurableUpTo);
