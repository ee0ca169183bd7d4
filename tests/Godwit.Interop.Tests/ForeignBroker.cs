namespace Godwit.Interop.Tests;

/// <summary>The brokers of others that Godwit.Client is tested against.</summary>
public enum ForeignBroker
{
    /// <summary>Debian's mosquitto.</summary>
    Mosquitto,

    /// <summary>MQTTnet.Server, in the process of the tests.</summary>
    MqttNet,
}
