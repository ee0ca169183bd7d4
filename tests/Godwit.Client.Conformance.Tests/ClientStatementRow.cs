namespace Godwit.Client.Conformance.Tests;

/// <summary>A statement that binds a client, and how it is shown.</summary>
/// <param name="Version">"5.0" or "3.1.1".</param>
/// <param name="Id">For example <c>MQTT-3.1.2-22</c>.</param>
/// <param name="Tests">Tests as <c>Class.Method</c>, in alphabetical order.</param>
/// <param name="Reason">Why no test can show it, or null.</param>
public sealed record ClientStatementRow(string Version, string Id, IReadOnlyList<string> Tests, string? Reason);
