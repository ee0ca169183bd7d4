using Godwit.Conformance.Wire;

namespace Godwit.Client.Conformance.Tests;

/// <summary>Statements that bind a client and that no broker can see this client obey or break, with the reason.</summary>
internal static class NotObservable
{
    private const string NoEnhancedAuthentication =
        "The client has no enhanced authentication: it never sends an Authentication Method or an AUTH packet (see the tests of MQTT-4.12.0-7).";

    private const string NoWebSocket = "The client has no WebSocket transport of its own; it can be given any Stream.";

    /// <summary>The reason by version and statement id.</summary>
    public static IReadOnlyDictionary<(MqttVersion Version, string Id), string> Reasons { get; } = new Dictionary<(MqttVersion Version, string Id), string>
    {
        [(V50, "MQTT-3.1.2-30")] = NoEnhancedAuthentication,
        [(V50, "MQTT-3.15.2-1")] = NoEnhancedAuthentication + " One from the server ends the connection whatever its Reason Code is.",
        [(V50, "MQTT-3.15.2-2")] = NoEnhancedAuthentication,
        [(V50, "MQTT-3.15.2-3")] = NoEnhancedAuthentication,
        [(V50, "MQTT-4.12.0-3")] = NoEnhancedAuthentication,
        [(V50, "MQTT-4.12.0-5")] = NoEnhancedAuthentication,
        [(V50, "MQTT-4.12.1-1")] = NoEnhancedAuthentication,
        [(V50, "MQTT-4.12.1-2")] = NoEnhancedAuthentication + " So no re-authentication can fail.",
        [(V50, "MQTT-4.3.3-9")] = "The client refuses no message: its PUBRECs always say Success (see the tests of MQTT-3.5.2-1).",
        [(V50, "MQTT-6.0.0-1")] = NoWebSocket,
        [(V50, "MQTT-6.0.0-2")] = NoWebSocket,
        [(V50, "MQTT-6.0.0-3")] = NoWebSocket,
        [(V311, "MQTT-4.8.0-2")] =
            "A transient error is one of the client's own surroundings, such as memory running out, which a broker cannot bring about. "
            + "An exception while a packet is processed ends the connection.",
        [(V311, "MQTT-6.0.0-1")] = NoWebSocket,
        [(V311, "MQTT-6.0.0-2")] = NoWebSocket,
        [(V311, "MQTT-6.0.0-3")] = NoWebSocket,
    };
}
