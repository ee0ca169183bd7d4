namespace Godwit.Conformance.Tests.Mutants;

/// <summary>One connection through a mutant: sees every packet in both directions and may change, drop, repeat or add some. Passes everything on as it is.</summary>
internal class MutantLink
{
    /// <summary>True: when the broker closes, the client is left with an open connection that says nothing more.</summary>
    public virtual bool KeepsOpen => false;

    /// <summary>True: bytes of the client that are no packet are dropped instead of passed on.</summary>
    public virtual bool DropsGarbage => false;

    /// <summary>Sends a packet to the client. May be called while a packet is looked at; it leaves before what that call answers.</summary>
    public Action<byte[]> SendToClient { get; set; } = _ => { };

    /// <summary>Sends a packet to the broker, as <see cref="SendToClient"/> does to the client.</summary>
    public Action<byte[]> SendToServer { get; set; } = _ => { };

    /// <summary>A whole packet of the client: what the broker gets in its place.</summary>
    public virtual IEnumerable<byte[]> FromClient(byte[] packet) => [packet];

    /// <summary>A whole packet of the broker: what the client gets in its place.</summary>
    public virtual IEnumerable<byte[]> FromServer(byte[] packet) => [packet];

    /// <summary>The type of a packet.</summary>
    protected static PacketType TypeOf(byte[] packet) => (PacketType)(packet[0] >> 4);

    /// <summary>Where the body of a packet begins: behind the Remaining Length.</summary>
    protected static int BodyAt(byte[] packet)
    {
        int at = 1;
        while ((packet[at++] & 0x80) != 0)
        {
        }

        return at;
    }
}
