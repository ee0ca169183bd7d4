using Godwit.Conformance.Wire;

namespace Godwit.Simulation;

/// <summary>Whoever comes along and breaks the protocol.</summary>
internal static class Stranger
{
    /// <summary>A packet that ends the connection of whoever sends it, or garbage.</summary>
    public static byte[] Attack(int variant) => variant switch
    {
        0 => [0x10, 0x05, 0, 4, (byte)'M', (byte)'Q', (byte)'T'],
        1 => [0x00, 0x00],
        2 => [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        3 => Packet.Publish(MqttVersion.V311, "a/b", "early"),
        4 => [.. Packet.Connect(new ConnectFields { ClientId = "stranger" }), 0x36, 5, 0, 1, (byte)'a', 0, 1],
        5 => [.. Packet.Connect(new ConnectFields { ClientId = "stranger" }), .. Packet.Connect(new ConnectFields { ClientId = "stranger" })],
        6 => [.. Packet.Connect(new ConnectFields { ClientId = "stranger" }), .. Packet.Publish(MqttVersion.V50, "a/+", "wild")],
        _ => [0xF0, 0x02, 0xFF, 0xFF],
    };
}
