namespace Godwit.Simulation;

/// <summary>What a run found.</summary>
/// <param name="What">The broken rule.</param>
/// <param name="Trace">What had happened until then, where it was kept.</param>
internal sealed record Failure(string What, IReadOnlyList<string> Trace);
