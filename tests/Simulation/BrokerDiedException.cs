namespace Godwit.Simulation;

/// <summary>Unwinds the turn in which the broker dies.</summary>
internal sealed class BrokerDiedException : Exception;
