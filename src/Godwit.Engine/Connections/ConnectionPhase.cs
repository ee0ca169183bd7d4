namespace Godwit.Engine.Connections;

/// <summary>How far a connection has come.</summary>
public enum ConnectionPhase : byte
{
    /// <summary>No CONNECT yet.</summary>
    AwaitingConnect,

    /// <summary>CONNECT is accepted; its CONNACK waits for a commit, so nothing else may be sent ([MQTT-3.2.0-1]).</summary>
    AwaitingCommit,

    /// <summary>CONNACK is written.</summary>
    Connected,

    /// <summary>On its way to another loop.</summary>
    HandingOver,

    /// <summary>Whatever still arrives is ignored.</summary>
    Closing,
}
