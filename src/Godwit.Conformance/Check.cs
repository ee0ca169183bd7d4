using Godwit.Conformance.Wire;

namespace Godwit.Conformance;

/// <summary>One thing that a broker has to do, and the conversation that shows whether it does.</summary>
/// <param name="Version">The standard that asks for it, and the protocol level that it is checked at.</param>
/// <param name="Name">Unique within the version: lower case words with hyphens.</param>
/// <param name="Statements">Ids of the statements that a failure would break; the first is the one that the check is about.</param>
/// <param name="Summary">What the check does and expects, in one sentence.</param>
/// <param name="Run">Throws <see cref="MqttExpectationException"/> when the broker does otherwise.</param>
public sealed record Check(MqttVersion Version, string Name, IReadOnlyList<string> Statements, string Summary, Func<CheckContext, Task> Run)
{
    /// <summary>Must not run beside others, since it looks at the broker as a whole.</summary>
    public bool IsExclusive { get; init; }

    /// <summary>Version and name: what <c>--only</c> takes, besides statement ids.</summary>
    public string Id => $"{(Version == MqttVersion.V50 ? "5.0" : "3.1.1")}/{Name}";

    /// <inheritdoc/>
    public override string ToString() => Id;
}
