namespace Godwit.Simulation;

/// <summary>One life of a session at the broker: from a CONNACK without to the end of the session.</summary>
internal sealed class ModelSession(int client, int number)
{
    public int Client { get; } = client;

    public int Number { get; } = number;

    public List<ModelSubscription> Subscriptions { get; } = [];

    /// <summary>When the session may have ended at the earliest; <see cref="Model.Never"/>: it lives.</summary>
    public long MayEndAt { get; set; } = Model.Never;

    /// <summary>Connections that the session has had.</summary>
    public int Connections { get; set; }

    /// <summary>Its client stopped reading at some time.</summary>
    public bool WasStalled { get; set; }

    public override string ToString() => $"session {Number} of c{Client}";
}
