namespace Godwit.Simulation;

/// <summary>A subscription as its client asked for it; each SUBSCRIBE makes a new one.</summary>
internal sealed class ModelSubscription(ModelSession session, string filter, int options, long sentAt)
{
    public ModelSession Session { get; } = session;

    public string Filter { get; } = filter;

    public string? Group { get; } = filter.StartsWith("$share/", StringComparison.Ordinal) ? filter : null;

    /// <summary>The filter behind the share name.</summary>
    public string Inner { get; } = filter.StartsWith("$share/", StringComparison.Ordinal) ? filter.Split('/', 3)[2] : filter;

    public int QoS { get; } = options & 3;

    public bool NoLocal { get; } = (options & 4) != 0;

    public bool RetainAsPublished { get; } = (options & 8) != 0;

    public int RetainHandling { get; } = options >> 4;

    public long SentAt { get; } = sentAt;

    public long AckedAt { get; set; } = Model.Never;

    /// <summary>An UNSUBSCRIBE, or a SUBSCRIBE to the same filter, was sent: from here on it may be over.</summary>
    public long EndsAt { get; set; } = Model.Never;

    public bool IsUnsubscribing { get; set; }

    /// <summary>It is over.</summary>
    public long EndedAt { get; set; } = Model.Never;
}
