using System.Diagnostics;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults with sessions.</summary>
internal static class SessionMutants
{
    public static readonly Mutant[] All =
    [
        new("ignores-clean-start", "Goes on with the session in spite of Clean Start 1.", ConnectMutants.OnConnect(connect => connect[PacketSurgery.ConnectFlagsAt(connect)] &= 0xFD),
            "5.0/clean-start-discards-the-session",
            "5.0/clean-start-ends-the-session-for-good",
            "5.0/session-present-0-with-clean-start",
            "5.0/takeover-with-clean-start-discards-the-session"),
        new("always-clean", "Begins a new session in spite of Clean Start 0.", ConnectMutants.OnConnect(connect => connect[PacketSurgery.ConnectFlagsAt(connect)] |= 0x02),
            "5.0/session-goes-on",
            "5.0/session-goes-on-after-a-crash",
            "5.0/clean-start-0-begins-a-session",
            "5.0/session-present-tells-of-the-session",
            "5.0/takeover-goes-on-with-the-session"),
        new("expires-open-sessions", "Delivers nothing on a connection that is older than a second.", () => new Expires(),
            "5.0/open-session-is-kept"),
        new("keeps-every-session", "Keeps sessions whose CONNECT had no expiry interval.", Mutant.OnClient(packet => [PacketSurgery.IsConnect(packet) && HasNoProperties(packet) ? PacketSurgery.AddProperty(packet, 0x11, 0, 0, 1, 0) : packet]),
            "5.0/session-without-expiry-ends-with-the-connection", "5.0/disconnect-raises-session-expiry-from-0"),
        new("sessions-live-on", "Takes an expiry interval of 1 s for a minute.", ConnectMutants.OnConnect(connect => PacketSurgery.Overwrite(connect, [0x11, 0, 0, 0, 1], [0x11, 0, 0, 0, 60])),
            "5.0/session-expires"),
        new("ignores-expiry-at-disconnect", "Keeps to the expiry interval of CONNECT.", Mutant.OnClient(packet => [PacketSurgery.TypeOf(packet) == PacketType.Disconnect ? [0xE0, 0] : packet]),
            "5.0/disconnect-can-end-the-session", "5.0/disconnect-can-prolong-the-session"),
    ];

    private static bool HasNoProperties(byte[] connect)
    {
        int flags = PacketSurgery.ConnectFlagsAt(connect);
        return connect[flags - 1] == 5 && connect[flags + 3] == 0;
    }

    private sealed class Expires : MutantLink
    {
        private readonly long _begin = Stopwatch.GetTimestamp();

        public override IEnumerable<byte[]> FromServer(byte[] packet) =>
            TypeOf(packet) == PacketType.Publish && Stopwatch.GetElapsedTime(_begin) > TimeSpan.FromSeconds(1) ? [] : [packet];
    }
}
