namespace Godwit.Client;

/// <summary>The connection ended while, or before, an operation needed it.</summary>
public sealed class MqttConnectionClosedException : MqttException
{
    internal MqttConnectionClosedException(MqttDisconnection disconnection)
        : base(disconnection.Message, disconnection.Exception)
    {
        Disconnection = disconnection;
        ReasonCode = disconnection.Reason;
        ReasonString = disconnection.ReasonString;
    }

    /// <summary>How the connection ended.</summary>
    public MqttDisconnection Disconnection { get; }
}
