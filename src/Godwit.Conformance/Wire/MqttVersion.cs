namespace Godwit.Conformance.Wire;

/// <summary>Protocol levels as they stand in the CONNECT packet.</summary>
public enum MqttVersion
{
    /// <summary>MQTT 3.1, protocol name "MQIsdp".</summary>
    V31 = 3,

    /// <summary>MQTT 3.1.1.</summary>
    V311 = 4,

    /// <summary>MQTT 5.0.</summary>
    V50 = 5,
}
