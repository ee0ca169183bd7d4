namespace Godwit.Protocol;

/// <summary>Delivery guarantee of a message (section 4.3). The value is the one on the wire; 3 is malformed.</summary>
public enum QualityOfService : byte
{
    /// <summary>QoS 0: no acknowledgement.</summary>
    AtMostOnce = 0,

    /// <summary>QoS 1: PUBACK; duplicates are possible.</summary>
    AtLeastOnce = 1,

    /// <summary>QoS 2: PUBREC, PUBREL, PUBCOMP; no duplicates.</summary>
    ExactlyOnce = 2,
}
