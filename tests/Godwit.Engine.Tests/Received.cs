using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>A packet that the broker sent, taken apart.</summary>
internal sealed class Received
{
    public PacketType Type { get; init; }

    public byte[] Bytes { get; init; } = [];

    public ReasonCode Reason { get; init; }

    public bool SessionPresent { get; init; }

    public ushort PacketIdentifier { get; init; }

    public QualityOfService QoS { get; init; }

    public bool Dup { get; init; }

    public bool Retain { get; init; }

    public string Topic { get; init; } = string.Empty;

    public string Payload { get; init; } = string.Empty;

    public uint? Expiry { get; init; }

    public ushort Alias { get; init; }

    public uint[] Identifiers { get; init; } = [];

    public string[] UserProperties { get; init; } = [];

    public string ContentType { get; init; } = string.Empty;

    public byte[] Reasons { get; init; } = [];

    public ushort? ServerKeepAlive { get; init; }

    public string AssignedClientIdentifier { get; init; } = string.Empty;

    public override string ToString() => $"{Type} {Topic} {Payload} q{(int)QoS} id{PacketIdentifier} {Reason}";
}
