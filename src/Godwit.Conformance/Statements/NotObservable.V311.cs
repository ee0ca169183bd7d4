namespace Godwit.Conformance.Statements;

/// <content>MQTT 3.1.1.</content>
public static partial class NotObservable
{
    private static (string Id, string Reason)[] V311 =>
    [
        ("MQTT-4.7.3-3", "A string has a two byte length in front: a client cannot even say a topic of more than 65535 bytes."),
        ("MQTT-4.8.0-2", "A transient error, such as a full disk, cannot be brought about from outside."),
        ("MQTT-6.0.0-1", "WebSocket is a transport of its own: the kit is given a TCP address, where there are no frames."),
        ("MQTT-6.0.0-2", "WebSocket is a transport of its own: the kit is given a TCP address, where there are no frames."),
        ("MQTT-6.0.0-4", "WebSocket is a transport of its own: the kit is given a TCP address, where there are no frames."),
        ("MQTT-7.0.0-1", "Whether a server also opens connections to others does not show to its clients; in that role it is to be checked as a client."),
    ];
}
