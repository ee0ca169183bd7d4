using Godwit.Conformance.Wire;

namespace Godwit.Simulation;

/// <summary>A client of a plan: what it says in each CONNECT.</summary>
internal sealed record ClientPlan(string Id, MqttVersion Version, bool IsPersistent, uint SessionExpiry, int KeepAlive, int ReceiveMaximum, int AliasMaximum, int WillDelay, int WillQoS)
{
    public const int NoWill = -1;

    /// <summary>Milliseconds that the client may take to acknowledge.</summary>
    public int AckDelayMax { get; init; }

    public bool HasWill => WillDelay != NoWill;
}
