using Godwit.Protocol.Tests.Conformance;
using Godwit.Protocol.Tests.Vectors;

namespace Godwit.Protocol.Tests.Packets;

/// <summary>Every row of Vectors/invalid.txt is refused with the reason and the statement of the table.</summary>
public sealed class InvalidPacketTests
{
    public static TheoryData<string, byte, string, string, string, string> Samples
    {
        get
        {
            var data = new TheoryData<string, byte, string, string, string, string>();
            foreach (var row in VectorFile.Read("invalid.txt"))
            {
                data.Add(row[0], byte.Parse(row[1], null), row[2], row[3], row[4], row[5]);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Samples))]
    [Spec("MQTT-1.5.4-1"), Spec("MQTT-1.5.4-2"), Spec("MQTT-1.5.5-1"), Spec("MQTT-1.5.7-1"), Spec("MQTT-2.1.3-1"), Spec("MQTT-2.2.1-3")]
    [Spec("MQTT-2.2.1-4"), Spec("MQTT-2.2.1-5"), Spec("MQTT-2.2.1-6"), Spec("MQTT-3.1.2-1"), Spec("MQTT-3.1.2-2"), Spec("MQTT-3.1.2-3")]
    [Spec("MQTT-3.1.2-9"), Spec("MQTT-3.1.2-11"), Spec("MQTT-3.1.2-12"), Spec("MQTT-3.1.2-13"), Spec("MQTT-3.1.2-17"), Spec("MQTT-3.1.2-19")]
    [Spec("MQTT-3.1.3-3"), Spec("MQTT-3.1.3-4"), Spec("MQTT-3.1.3-11"), Spec("MQTT-3.1.3-12"), Spec("MQTT-3.1.4-1"), Spec("MQTT-3.2.2-1")]
    [Spec("MQTT-3.2.2-6"), Spec("MQTT-3.2.2-8"), Spec("MQTT-3.3.1-2"), Spec("MQTT-3.3.1-4"), Spec("MQTT-3.3.2-1"), Spec("MQTT-3.3.2-2")]
    [Spec("MQTT-3.3.2-8"), Spec("MQTT-3.3.2-13"), Spec("MQTT-3.3.2-14"), Spec("MQTT-3.3.2-19"), Spec("MQTT-3.3.4-6"), Spec("MQTT-3.4.2-1")]
    [Spec("MQTT-3.5.2-1"), Spec("MQTT-3.6.1-1"), Spec("MQTT-3.6.2-1"), Spec("MQTT-3.7.2-1"), Spec("MQTT-3.8.1-1"), Spec("MQTT-3.8.3-1")]
    [Spec("MQTT-3.8.3-2"), Spec("MQTT-3.8.3-4"), Spec("MQTT-3.8.3-5"), Spec("MQTT-3.9.3-2"), Spec("MQTT-3.10.1-1"), Spec("MQTT-3.10.3-1")]
    [Spec("MQTT-3.10.3-2"), Spec("MQTT-3.11.3-2"), Spec("MQTT-3.14.1-1"), Spec("MQTT-3.14.2-1"), Spec("MQTT-3.14.2-2"), Spec("MQTT-3.15.1-1")]
    [Spec("MQTT-3.15.2-1"), Spec("MQTT-4.7.0-1"), Spec("MQTT-4.7.3-1"), Spec("MQTT-4.7.3-2")]
    [Spec("3.1.1:MQTT-1.5.3-1"), Spec("3.1.1:MQTT-1.5.3-2"), Spec("3.1.1:MQTT-2.2.2-1"), Spec("3.1.1:MQTT-2.2.2-2"), Spec("3.1.1:MQTT-2.3.1-1")]
    [Spec("3.1.1:MQTT-3.1.2-1"), Spec("3.1.1:MQTT-3.1.2-2"), Spec("3.1.1:MQTT-3.1.2-3"), Spec("3.1.1:MQTT-3.1.2-13"), Spec("3.1.1:MQTT-3.1.2-14")]
    [Spec("3.1.1:MQTT-3.1.2-15"), Spec("3.1.1:MQTT-3.1.2-22"), Spec("3.1.1:MQTT-3.1.3-3"), Spec("3.1.1:MQTT-3.1.3-4"), Spec("3.1.1:MQTT-3.1.3-10")]
    [Spec("3.1.1:MQTT-3.1.3-11"), Spec("3.1.1:MQTT-3.1.4-1"), Spec("3.1.1:MQTT-3.2.2-4"), Spec("3.1.1:MQTT-3.3.1-2"), Spec("3.1.1:MQTT-3.3.1-4")]
    [Spec("3.1.1:MQTT-3.3.2-1"), Spec("3.1.1:MQTT-3.3.2-2"), Spec("3.1.1:MQTT-3.6.1-1"), Spec("3.1.1:MQTT-3.8.1-1"), Spec("3.1.1:MQTT-3.8.3-1")]
    [Spec("3.1.1:MQTT-3.8.3-3"), Spec("3.1.1:MQTT-3.8.3-4"), Spec("3.1.1:MQTT-3.9.3-2"), Spec("3.1.1:MQTT-3.10.1-1"), Spec("3.1.1:MQTT-3.10.3-1")]
    [Spec("3.1.1:MQTT-3.10.3-2"), Spec("3.1.1:MQTT-3.14.1-1"), Spec("3.1.1:MQTT-4.7.1-1"), Spec("3.1.1:MQTT-4.7.3-1"), Spec("3.1.1:MQTT-4.7.3-2")]
    public void Sample_is_refused_with_reason_and_statement(string name, byte version, string sender, string hex, string reason, string statement)
    {
        var packet = Convert.FromHexString(hex);
        var decoded = PacketText.Of(packet, (ProtocolVersion)version, VectorFile.Sender(sender));

        Assert.Equal($"{name}: {reason} {statement}", $"{name}: 0x{(byte)decoded.Fault.Reason:x2} {decoded.Fault.Statement}");
        Assert.NotEmpty(decoded.Fault.Detail);
        if (decoded.Fault.Reason == ReasonCode.UnsupportedProtocolVersion)
        {
            Assert.Equal((ProtocolVersion)version, decoded.ConnectVersion);
        }
    }
}
