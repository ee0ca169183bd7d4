namespace Godwit.Client;

/// <summary>What <see cref="MqttClient.SubscribeAsync(MqttSubscriptionOptions, CancellationToken)"/> subscribes to.</summary>
public sealed record MqttSubscriptionOptions
{
    /// <summary>The default of <see cref="Capacity"/>.</summary>
    public const int DefaultCapacity = 1024;

    /// <summary>Subscribes to these filters with one SUBSCRIBE and one stream.</summary>
    /// <param name="filters">At least one.</param>
    public MqttSubscriptionOptions(params IReadOnlyList<MqttTopicFilter> filters) => Filters = filters;

    /// <summary>At least one filter.</summary>
    public IReadOnlyList<MqttTopicFilter> Filters { get; }

    /// <summary>
    /// Messages that the stream holds before QoS 0 feels back-pressure, at least 1; default 1,024. When it is full the
    /// client stops reading from the connection, unless something in this client waits for what has still to be read (an
    /// answer, or a message of another stream): then QoS 0 messages that do not fit are discarded and counted in
    /// <see cref="MqttSubscription.DiscardedCount"/>. QoS 1 and 2 are never discarded: they are bounded by
    /// <see cref="MqttClientOptions.ReceiveMaximum"/>, since a message is acknowledged when the reader takes it.
    /// </summary>
    public int Capacity { get; init; } = DefaultCapacity;

    /// <summary>User Properties of the SUBSCRIBE. 5.0 only.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];
}
