using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Running;

/// <summary>Which checks are run, and how.</summary>
public sealed record RunOptions
{
    /// <summary>One version alone, or null for both.</summary>
    public MqttVersion? Version { get; init; }

    /// <summary>Statement ids (<c>MQTT-3.1.0-1</c>), check ids (<c>5.0/name</c>) or names; empty: all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Checks at a time, 1 to 256.</summary>
    public int Parallelism { get; init; } = 24;

    /// <summary>How long a check waits for one event that has to happen.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>With which credentials the checks connect; null: none.</summary>
    public CheckCredentials? Credentials { get; init; }
}
