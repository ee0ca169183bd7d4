using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>The connection could not be made: the server was not reached, did not answer in time, or refused.</summary>
public sealed class MqttConnectException : MqttException
{
    /// <summary>The server was not reached or did not speak MQTT.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What caused it.</param>
    public MqttConnectException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    internal MqttConnectException(ConnectResult result)
        : base(result.Reason, InWords("The server refused the connection", result.Reason, result.ReasonString))
    {
        Result = result;
        ReasonString = result.ReasonString;
    }

    internal MqttConnectException(MqttDisconnection disconnection)
        : base(disconnection.Message, disconnection.Exception) => ReasonCode = disconnection.Reason;

    /// <summary>The CONNACK with which the server refused, or null if there was none.</summary>
    public ConnectResult? Result { get; }
}
