using Godwit.Fuzz.Targets;
using Godwit.Protocol;

namespace Godwit.Fuzz;

/// <summary>All targets.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<IFuzzTarget> All { get; } =
    [
        new DecoderTarget(ProtocolVersion.Mqtt31, PacketSender.Client),
        new DecoderTarget(ProtocolVersion.Mqtt31, PacketSender.Server),
        new DecoderTarget(ProtocolVersion.Mqtt311, PacketSender.Client),
        new DecoderTarget(ProtocolVersion.Mqtt311, PacketSender.Server),
        new DecoderTarget(ProtocolVersion.Mqtt5, PacketSender.Client),
        new DecoderTarget(ProtocolVersion.Mqtt5, PacketSender.Server),
        new EngineTarget(peers: 1),
        new EngineTarget(peers: 2),
        new ClientTarget(ProtocolVersion.Mqtt311),
        new ClientTarget(ProtocolVersion.Mqtt5),
    ];

    public static IFuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);

    public static string NameOf(ProtocolVersion version) => version switch
    {
        ProtocolVersion.Mqtt31 => "3.1",
        ProtocolVersion.Mqtt311 => "3.1.1",
        _ => "5.0",
    };
}
