namespace Godwit.Simulation;

/// <summary>A message that a client publishes, and what the model knows of its way.</summary>
internal sealed class SentMessage(int number, int publisher, string topic, int qos, bool retain, bool isEmpty, int expiry)
{
    public int Number { get; } = number;

    public int Publisher { get; } = publisher;

    public string Topic { get; } = topic;

    public int QoS { get; } = qos;

    public bool Retain { get; } = retain;

    public bool IsEmpty { get; } = isEmpty;

    /// <summary>Message Expiry Interval in seconds, 0 for none.</summary>
    public int Expiry { get; } = expiry;

    public string Payload => IsEmpty ? "" : $"m{Number}";

    /// <summary>When it was first sent; <see cref="Model.Never"/> if it never was.</summary>
    public long SentAt { get; set; } = Model.Never;

    public long SentTime { get; set; } = Model.Never;

    /// <summary>When it was sent last.</summary>
    public long LastSentTime { get; set; } = Model.Never;

    /// <summary>How often it was sent.</summary>
    public int Sendings { get; set; }

    /// <summary>The broker had no room for it and has said so.</summary>
    public bool IsRefused { get; set; }

    /// <summary>When its publisher knew that the broker has it.</summary>
    public long AckedAt { get; set; } = Model.Never;

    public long AckedTime { get; set; } = Model.Never;

    /// <summary>The publisher's connection on which it was sent first.</summary>
    public int Connection { get; set; }

    public override string ToString() => $"m{Number} {Topic} q{QoS}{(Retain ? " retain" : "")}{(IsEmpty ? " empty" : "")}{(Expiry > 0 ? $" expiry={Expiry}" : "")}";
}
