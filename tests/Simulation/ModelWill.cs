namespace Godwit.Simulation;

/// <summary>The will of one connection, and between which times it is to be published.</summary>
internal sealed class ModelWill(int client, int number, int delay, int qos)
{
    public const string Root = "will";

    public int Client { get; } = client;

    public int Number { get; } = number;

    public int Delay { get; } = delay;

    public int QoS { get; } = qos;

    public string Topic => $"{Root}/c{Client}";

    public string Payload => $"w{Number}";

    /// <summary>Virtual time before which it must not come; <see cref="Model.Never"/>: the connection lives, so not at all.</summary>
    public long NotBefore { get; set; } = Model.Never;

    /// <summary>It must have come by then; <see cref="Model.Never"/>: it need not come.</summary>
    public long NotAfter { get; set; } = Model.Never;

    /// <summary>When its client deleted it by a DISCONNECT.</summary>
    public long CancelledAt { get; set; } = Model.Never;

    /// <summary>Its connection ended with the broker, whose restart decides when it is due.</summary>
    public bool AwaitsRestart { get; set; }

    /// <summary>The broker may have sent its client away just before it died.</summary>
    public bool MayHaveBeenDue { get; set; }

    public List<long> SeenAt { get; } = [];
}
