namespace Godwit.Client;

/// <summary>Who or what ended a connection.</summary>
public enum MqttDisconnectionCause
{
    /// <summary>This client: <see cref="MqttClient.DisconnectAsync(Godwit.Protocol.ReasonCode, uint?, CancellationToken)"/> or <see cref="MqttClient.DisposeAsync"/>.</summary>
    ByClient = 0,

    /// <summary>The server sent DISCONNECT, or refused the CONNECT.</summary>
    ByServer,

    /// <summary>The transport ended or failed without a DISCONNECT.</summary>
    ConnectionLost,

    /// <summary>The server broke the protocol.</summary>
    ProtocolFault,

    /// <summary>The server did not answer CONNECT or PINGREQ in time.</summary>
    Timeout,
}
