namespace Godwit.Conformance.Running;

/// <summary>How one check ended.</summary>
/// <param name="Check">The check.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What was expected and what came, or why it cannot be made; null when it passed.</param>
/// <param name="Transcript">What went over the wire, for one that failed.</param>
/// <param name="Duration">How long it took.</param>
public sealed record CheckResult(Check Check, CheckOutcome Outcome, string? Detail, IReadOnlyList<string> Transcript, TimeSpan Duration);
