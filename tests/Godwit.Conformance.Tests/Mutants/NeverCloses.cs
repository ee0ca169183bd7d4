namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Hears no evil: the broker's DISCONNECT and its close do not reach the client, whose pings go on being answered.</summary>
internal sealed class NeverCloses : MutantLink
{
    public override bool KeepsOpen => true;

    public override IEnumerable<byte[]> FromServer(byte[] packet) => TypeOf(packet) == PacketType.Disconnect ? [] : [packet];

    public override IEnumerable<byte[]> FromClient(byte[] packet)
    {
        if (TypeOf(packet) != PacketType.PingReq)
        {
            return [packet];
        }

        SendToClient(Packet.PingResp);
        return [];
    }
}
