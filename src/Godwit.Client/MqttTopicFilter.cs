using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>One topic filter of a subscription with its options (section 3.8.3.1).</summary>
/// <param name="Filter">The filter, for example <c>sensors/+/temperature</c>, <c>a/#</c> or <c>$share/group/a</c>.</param>
public sealed record MqttTopicFilter(string Filter)
{
    /// <summary>Highest QoS wanted. The default, QoS 2, delivers each message at the QoS at which it was published.</summary>
    public QualityOfService MaximumQoS { get; init; } = QualityOfService.ExactlyOnce;

    /// <summary>Do not get messages published over this very connection. 5.0 only; not allowed on shared subscriptions.</summary>
    public bool NoLocal { get; init; }

    /// <summary>Keep the RETAIN flag of the publisher; otherwise it tells stored from live messages. 5.0 only.</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>When retained messages are sent. 5.0 only.</summary>
    public RetainHandling RetainHandling { get; init; }
}
