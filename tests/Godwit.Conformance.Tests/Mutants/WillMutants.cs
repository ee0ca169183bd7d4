namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults with wills.</summary>
internal static class WillMutants
{
    public static readonly Mutant[] All =
    [
        new("forgets-wills", "Publishes no will.", Mutant.OnClient(packet => [PacketSurgery.IsConnect(packet) ? PacketSurgery.WithoutWill(packet) : packet]),
            "5.0/will-after-reset",
            "5.0/will-after-end-of-stream",
            "5.0/will-after-protocol-error",
            "5.0/will-after-disconnect-0x04",
            "5.0/will-of-a-kept-session",
            "5.0/will-after-takeover",
            "5.0/will-when-session-ends-before-delay",
            "5.0/will-when-clean-start-ends-the-session",
            "5.0/will-when-takeover-ends-the-session",
            "5.0/will-has-its-properties",
            "5.0/unknown-disconnect-reason-code-keeps-the-will"),
        new("waits-for-the-will-delay-alone", "A session that expires after 1 s lives on for the Will Delay Interval.", ConnectMutants.OnConnect(connect => PacketSurgery.Overwrite(connect, [0x11, 0, 0, 0, 1], [0x11, 0, 1, 0, 0])),
            "5.0/will-when-session-expires-before-delay") { Patience = TimeSpan.FromSeconds(3) },
        new("will-without-delay", "Takes a Will Delay Interval of 2 s for 0.", ConnectMutants.OnConnect(connect => PacketSurgery.Overwrite(connect, [0x18, 0, 0, 0, 2], [0x18, 0, 0, 0, 0])),
            "5.0/will-delay-passes-first", "5.0/delayed-will-not-after-return", "5.0/delayed-will-not-after-takeover"),
        new("will-at-every-disconnect", "Takes DISCONNECT for one with 0x04.", Mutant.OnClient(packet => [PacketSurgery.TypeOf(packet) == PacketType.Disconnect ? [0xE0, 1, 4] : packet]),
            "5.0/will-not-after-disconnect", "5.0/will-dropped-at-disconnect-stays-dropped"),
        new("wills-twice", "Sends every message twice.", Mutant.OnServer(packet => PacketSurgery.TypeOf(packet) == PacketType.Publish ? [packet, packet] : [packet]),
            "5.0/will-is-published-once"),
        new("retains-every-will", "Takes Will Retain for 1.", OnWill(connect => connect[PacketSurgery.ConnectFlagsAt(connect)] |= 0x20),
            "5.0/will-is-not-retained"),
        new("retains-no-will", "Takes Will Retain for 0.", OnWill(connect => connect[PacketSurgery.ConnectFlagsAt(connect)] &= 0xDF),
            "5.0/will-is-retained"),
        new("wills-at-qos-0", "Takes Will QoS for 0.", OnWill(connect => connect[PacketSurgery.ConnectFlagsAt(connect)] &= 0xE7),
            "5.0/will-has-its-qos"),
        new("reorders-user-properties", "Swaps the first two User Properties of a message.", Mutant.Change(PacketType.Publish, Swap),
            "5.0/will-user-properties-keep-their-order"),
    ];

    private static Func<MutantLink> OnWill(Action<byte[]> change) => ConnectMutants.OnConnect(connect =>
    {
        if ((connect[PacketSurgery.ConnectFlagsAt(connect)] & 0x04) != 0)
        {
            change(connect);
        }
    });

    private static void Swap(byte[] packet)
    {
        const int Length = 7; // of a User Property whose name and value have one character
        ReadOnlySpan<byte> begin = [0x26, 0, 1];
        for (int at = 0; at < packet.Length - (2 * Length); at++)
        {
            if (begin.SequenceEqual(packet.AsSpan(at, 3)) && begin.SequenceEqual(packet.AsSpan(at + Length, 3)))
            {
                byte[] first = packet[at..(at + Length)];
                packet.AsSpan(at + Length, Length).CopyTo(packet.AsSpan(at));
                first.CopyTo(packet, at + Length);
                return;
            }
        }
    }
}
