namespace Godwit.Protocol;

/// <summary>The protocol level of a CONNECT (5.0 section 3.1.2.2). The value is the level on the wire.</summary>
public enum ProtocolVersion : byte
{
    /// <summary>MQTT 3.1, protocol name "MQIsdp", level 3.</summary>
    Mqtt31 = 3,

    /// <summary>MQTT 3.1.1, protocol name "MQTT", level 4.</summary>
    Mqtt311 = 4,

    /// <summary>MQTT 5.0, protocol name "MQTT", level 5.</summary>
    Mqtt5 = 5,
}
