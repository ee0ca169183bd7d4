namespace Godwit.Load;

/// <summary>The last second of a run.</summary>
/// <param name="Phase">What the run is doing.</param>
/// <param name="Elapsed">How long it has been doing that.</param>
/// <param name="Connections">Connections that are served.</param>
/// <param name="SentPerSecond">Messages published per second.</param>
/// <param name="DeliveredPerSecond">Messages delivered per second.</param>
/// <param name="ConnectsPerSecond">Connections served per second.</param>
/// <param name="P99Microseconds">99 of 100 deliveries, in a storm connects, took at most so long.</param>
public readonly record struct LoadProgress(
    LoadPhase Phase, TimeSpan Elapsed, int Connections, double SentPerSecond, double DeliveredPerSecond, double ConnectsPerSecond, double P99Microseconds);
