namespace Godwit.Protocol;

/// <summary>The options byte of a topic filter in SUBSCRIBE (section 3.8.3.1). Before 5.0 only the QoS is used.</summary>
public readonly record struct SubscriptionOptions
{
    /// <summary>Takes an options byte as it is.</summary>
    /// <param name="value">QoS in bits 0 and 1, No Local 2, Retain As Published 3, Retain Handling 4 and 5.</param>
    public SubscriptionOptions(byte value) => Value = value;

    /// <summary>Composes an options byte.</summary>
    /// <param name="maximumQoS">Highest QoS wanted.</param>
    /// <param name="noLocal">Do not get one's own messages.</param>
    /// <param name="retainAsPublished">Keep the RETAIN flag of the publisher.</param>
    /// <param name="retainHandling">When to get retained messages.</param>
    public SubscriptionOptions(
        QualityOfService maximumQoS,
        bool noLocal = false,
        bool retainAsPublished = false,
        RetainHandling retainHandling = RetainHandling.SendAtSubscribe) =>
        Value = (byte)((int)maximumQoS | (noLocal ? 0b0100 : 0) | (retainAsPublished ? 0b1000 : 0) | (int)retainHandling << 4);

    /// <summary>The byte on the wire.</summary>
    public byte Value { get; }

    /// <summary>Highest QoS at which the subscriber wants messages.</summary>
    public QualityOfService MaximumQoS => (QualityOfService)(Value & 0b0011);

    /// <summary>Messages of the subscriber's own connection are not sent to it ([MQTT-3.8.3-3]).</summary>
    public bool NoLocal => (Value & 0b0100) != 0;

    /// <summary>RETAIN is forwarded as the publisher set it ([MQTT-3.3.1-12], [MQTT-3.3.1-13]).</summary>
    public bool RetainAsPublished => (Value & 0b1000) != 0;

    /// <summary>When retained messages are sent ([MQTT-3.3.1-9] to [MQTT-3.3.1-11]).</summary>
    public RetainHandling RetainHandling => (RetainHandling)(Value >> 4 & 0b0011);
}
