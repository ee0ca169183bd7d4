namespace Godwit.Protocol;

/// <summary>Builds faults with the statement id of the version in use. Not inlined: faults are the cold path.</summary>
internal static class Fault
{
    private const string Unnumbered5 = "MQTT-4.13.1-1";
    private const string Unnumbered311 = "MQTT-4.8.0-1";

    public static ProtocolFault Malformed(ProtocolVersion version, string statement5, string statement311, string detail) =>
        new(ReasonCode.MalformedPacket, version == ProtocolVersion.Mqtt5 ? statement5 : statement311, detail);

    public static ProtocolFault Malformed(ProtocolVersion version, string detail) =>
        Malformed(version, Unnumbered5, Unnumbered311, detail);

    public static ProtocolFault ProtocolError(ProtocolVersion version, string statement5, string statement311, string detail) =>
        new(ReasonCode.ProtocolError, version == ProtocolVersion.Mqtt5 ? statement5 : statement311, detail);

    public static ProtocolFault ProtocolError(ProtocolVersion version, string detail) =>
        ProtocolError(version, Unnumbered5, Unnumbered311, detail);

    public static ProtocolFault Of(ReasonCode reason, ProtocolVersion version, string statement5, string statement311, string detail) =>
        new(reason, version == ProtocolVersion.Mqtt5 ? statement5 : statement311, detail);

    public static ProtocolFault Truncated(ProtocolVersion version) =>
        Malformed(version, "the packet ends before its last field is complete");

    public static ProtocolFault TrailingBytes(ProtocolVersion version) =>
        Malformed(version, "bytes follow the last field of the packet");

    /// <summary>[MQTT-2.2.1-5] and [MQTT-2.2.1-6]: an acknowledgement repeats an identifier, which is never zero.</summary>
    public static ProtocolFault PacketIdentifierZero(ProtocolVersion version, string statement5) =>
        ProtocolError(version, statement5, "MQTT-2.3.1-1", "Packet Identifier 0");

    public static ProtocolFault ReasonNotInTable(string statement5) =>
        new(ReasonCode.ProtocolError, statement5, "the reason code is not defined for this packet type");
}
