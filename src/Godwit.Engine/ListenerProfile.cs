namespace Godwit.Engine;

/// <summary>What the engine has to know of the listener that accepted a connection.</summary>
/// <param name="Name">Shown in logs, for example <c>mqtt://127.0.0.1:1883</c>.</param>
/// <param name="Lenient">True: faults that are common in the field and harmless are tolerated and counted (see <c>docs/configuration.md</c>); false: the standard's letter.</param>
/// <param name="Trusted">True for the process itself: the access policy is not asked, and nothing is closed for being slow.</param>
public sealed record ListenerProfile(string Name, bool Lenient = false, bool Trusted = false);
