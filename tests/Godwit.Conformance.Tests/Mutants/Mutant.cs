namespace Godwit.Conformance.Tests.Mutants;

/// <summary>A broker with one fault: Godwit behind a proxy that breaks something.</summary>
/// <param name="Name">Lower case words with hyphens.</param>
/// <param name="Fault">What it does wrong.</param>
/// <param name="CreateLink">Makes the link of one connection.</param>
/// <param name="Trips">Ids of checks that have to fail against it.</param>
internal sealed record Mutant(string Name, string Fault, Func<MutantLink> CreateLink, params string[] Trips)
{
    /// <summary>How long a check waits for one event; short, since most mutants are silent where the check expects an answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>The client gets what this makes of each packet of the broker; an empty list drops it.</summary>
    public static Func<MutantLink> OnServer(Func<byte[], IEnumerable<byte[]>> change) => () => new ServerSide(change);

    /// <summary>The broker gets what this makes of each packet of the client; an empty list drops it.</summary>
    public static Func<MutantLink> OnClient(Func<byte[], IEnumerable<byte[]>> change) => () => new ClientSide(change);

    /// <summary>As <see cref="OnServer"/> for packets of one type, whose bytes are changed in place.</summary>
    public static Func<MutantLink> Change(PacketType type, Action<byte[]> change) => OnServer(packet =>
    {
        if ((PacketType)(packet[0] >> 4) == type)
        {
            change(packet);
        }

        return [packet];
    });

    /// <summary>The broker never says this.</summary>
    public static Func<MutantLink> Mute(PacketType type) => OnServer(packet => (PacketType)(packet[0] >> 4) == type ? [] : [packet]);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private sealed class ServerSide(Func<byte[], IEnumerable<byte[]>> change) : MutantLink
    {
        public override IEnumerable<byte[]> FromServer(byte[] packet) => change(packet);
    }

    private sealed class ClientSide(Func<byte[], IEnumerable<byte[]>> change) : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet) => change(packet);
    }
}
