namespace Godwit.Conformance.Statements;

/// <content>MQTT 5.0.</content>
public static partial class NotObservable
{
    private static (string Id, string Reason)[] V50 =>
    [
        ("MQTT-4.7.3-3", "The two byte length in front of a topic or filter cannot say more than 65,535, so nothing that breaks this can be sent or received."),
        ("MQTT-6.0.0-1", "It is about a WebSocket listener; the checks speak over TCP to the one address that they are given."),
        ("MQTT-6.0.0-2", "It is about a WebSocket listener; the checks speak over TCP to the one address that they are given. How TCP segments may cut packets is checked under MQTT-4.2.0-1."),
        ("MQTT-6.0.0-4", "It is about a WebSocket listener; the checks speak over TCP to the one address that they are given."),
    ];
}
