using Godwit.Conformance.Wire;

namespace Godwit.Conformance;

/// <summary>What a broker says of itself in CONNACK of 5.0 (§3.2.2.3); the standard's defaults for one that does not speak 5.0.</summary>
public sealed record BrokerFacts
{
    /// <summary>Publications that it takes at a time.</summary>
    public int ReceiveMaximum { get; init; } = 65_535;

    /// <summary>Highest QoS that it takes.</summary>
    public int MaximumQoS { get; init; } = 2;

    /// <summary>It keeps retained messages.</summary>
    public bool RetainAvailable { get; init; } = true;

    /// <summary>Largest packet that it takes, in bytes.</summary>
    public long MaximumPacketSize { get; init; } = 268_435_460;

    /// <summary>Topic Aliases that it takes.</summary>
    public int TopicAliasMaximum { get; init; }

    /// <summary>It takes filters with wildcards.</summary>
    public bool WildcardSubscriptionAvailable { get; init; } = true;

    /// <summary>It takes Subscription Identifiers.</summary>
    public bool SubscriptionIdentifierAvailable { get; init; } = true;

    /// <summary>It takes shared subscriptions.</summary>
    public bool SharedSubscriptionAvailable { get; init; } = true;

    /// <summary>Reads them from a CONNACK.</summary>
    public static BrokerFacts From(ReceivedPacket connAck)
    {
        ArgumentNullException.ThrowIfNull(connAck);
        return new BrokerFacts
        {
            ReceiveMaximum = (int)connAck.Number(PropertyId.ReceiveMaximum, 65_535),
            MaximumQoS = (int)connAck.Number(PropertyId.MaximumQoS, 2),
            RetainAvailable = connAck.Number(PropertyId.RetainAvailable, 1) != 0,
            MaximumPacketSize = connAck.Number(PropertyId.MaximumPacketSize, 268_435_460),
            TopicAliasMaximum = (int)connAck.Number(PropertyId.TopicAliasMaximum, 0),
            WildcardSubscriptionAvailable = connAck.Number(PropertyId.WildcardSubscriptionAvailable, 1) != 0,
            SubscriptionIdentifierAvailable = connAck.Number(PropertyId.SubscriptionIdentifierAvailable, 1) != 0,
            SharedSubscriptionAvailable = connAck.Number(PropertyId.SharedSubscriptionAvailable, 1) != 0,
        };
    }
}
