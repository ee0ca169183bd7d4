using System.Collections.Concurrent;
using System.Diagnostics;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults of 3.1.1 around CONNECT, sessions and wills.</summary>
internal static class V311ConnectMutants
{
    private static readonly string Nobody = Unique.Name("nobody");
    private static readonly ConcurrentDictionary<string, ConnectFields> Wills = new();

    public static readonly Mutant[] All =
    [
        new("v311-never-closes", "Ends no connection, not even one that it has refused or that is taken over.", () => new NeverCloses(),
            "3.1.1/first-packet-has-to-be-connect", "3.1.1/unsupported-level-gets-return-code-1", "3.1.1/empty-client-id-with-kept-session-gets-return-code-2", "3.1.1/same-client-id-takes-over", "3.1.1/silent-client-is-disconnected"),
        new("v311-accepts-every-connect", "CONNACK with return code 0 for whatever looks like a CONNECT.", () => new AcceptsEveryConnect(),
            "3.1.1/ill-formed-client-id-is-refused", "3.1.1/ill-formed-will-topic-is-refused", "3.1.1/ill-formed-user-name-is-refused", "3.1.1/nul-in-connect-is-refused", "3.1.1/connect-with-wrong-flags-is-refused",
            "3.1.1/wrong-protocol-name-is-not-accepted", "3.1.1/unsupported-level-gets-return-code-1", "3.1.1/reserved-connect-flag-is-refused", "3.1.1/will-flag-without-will-is-refused", "3.1.1/will-without-will-flag-is-refused",
            "3.1.1/will-qos-without-will-is-refused", "3.1.1/will-retain-without-will-is-refused", "3.1.1/will-qos-3-is-refused", "3.1.1/user-name-without-flag-is-refused", "3.1.1/user-name-flag-without-name-is-refused",
            "3.1.1/password-without-flag-is-refused", "3.1.1/password-flag-without-password-is-refused", "3.1.1/password-without-user-name-is-refused", "3.1.1/connect-without-client-id-is-refused",
            "3.1.1/empty-client-id-with-kept-session-gets-return-code-2", "3.1.1/malformed-connect-gets-no-connack"),
        new("v311-connack-for-malformed-connect", "A CONNECT with the reserved flag gets CONNACK with return code 5.", () => new AnswersMalformedConnect(), "3.1.1/malformed-connect-gets-no-connack"),
        new("v311-corrects-flags", "Wrong flags of a packet are taken for the right ones.", Mutant.OnClient(CorrectFlags),
            "3.1.1/pingreq-with-wrong-flags-closes", "3.1.1/acknowledgement-with-wrong-flags-closes", "3.1.1/connect-with-wrong-flags-is-refused", "3.1.1/pubrel-with-wrong-flags-closes", "3.1.1/subscribe-with-wrong-flags-closes",
            "3.1.1/unsubscribe-with-wrong-flags-closes", "3.1.1/disconnect-with-wrong-flags-publishes-will"),
        new("v311-will-and-topic-swapped", "Will Topic and Will Message are read in the wrong order.",
            V311Packets.OnConnect(fields => fields.WillTopic is null ? fields : fields with { WillTopic = fields.WillPayload, WillPayload = fields.WillTopic }), "3.1.1/connect-fields-are-read-in-order"),
        new("v311-client-ids-without-case", "ClientIds that differ in case only are the same.", V311Packets.OnConnect(fields => fields with { ClientId = fields.ClientId.ToUpperInvariant() }), "3.1.1/client-id-is-key-of-session"),
        new("v311-refuses-long-client-ids", "ClientIds of more than 22 bytes are refused.", () => new Refuses(fields => fields.ClientId.Length > 22, 2), "3.1.1/plain-client-ids-are-accepted"),
        new("v311-demands-user-name", "A CONNECT without a user name is refused.", () => new Refuses(fields => fields.UserName is null, 5), "3.1.1/plain-conversation-needs-no-extension", "3.1.1/connect-is-accepted"),
        new("v311-one-name-for-nobody", "All clients without a ClientId get the same one.", V311Packets.OnConnect(fields => fields.ClientId.Length == 0 ? fields with { ClientId = Nobody } : fields), "3.1.1/empty-client-id-is-made-unique"),
        new("v311-hears-refused-clients", "A client is refused, and its other packets are processed.", () => new HearsRefused(), "3.1.1/refused-client-is-not-heard"),
        new("v311-late-connack", "The CONNACK of a session that goes on comes behind its first message.", () => new LateConnAck(), "3.1.1/connack-comes-first"),
        new("v311-session-always-present", "Session Present is 1 in each CONNACK.", Mutant.Change(PacketType.ConnAck, packet => packet[2] = 1),
            "3.1.1/session-present-is-0-with-clean-session", "3.1.1/session-present-is-0-without-session", "3.1.1/connect-is-accepted", "3.1.1/empty-client-id-with-kept-session-gets-return-code-2"),
        new("v311-session-never-present", "Session Present is 0 in each CONNACK.", Mutant.Change(PacketType.ConnAck, packet => packet[2] = 0), "3.1.1/session-present-is-1-for-kept-session", "3.1.1/kept-session-survives-lost-connection"),
        new("v311-loses-what-follows-connect", "What comes within 100 ms behind the CONNECT is lost.", () => new LosesWhatFollowsConnect(), "3.1.1/packets-come-in-any-pieces"),
        new("v311-never-keeps-sessions", "Each session ends with its connection.", V311Packets.OnConnect(fields => fields with { CleanStart = true }),
            "3.1.1/kept-session-goes-on", "3.1.1/kept-session-survives-lost-connection", "3.1.1/messages-wait-for-kept-session", "3.1.1/unacknowledged-publish-is-sent-again", "3.1.1/unreceived-qos-2-publish-is-sent-again",
            "3.1.1/pubrel-is-sent-again", "3.1.1/message-reaches-every-subscriber", "3.1.1/delivery-under-way-is-sent-again-after-unsubscribe", "3.1.1/messages-are-sent-again-in-order"),
        new("v311-keeps-every-session", "No session ends with its connection.", V311Packets.OnConnect(fields => fields with { CleanStart = fields.ClientId.Length == 0 }),
            "3.1.1/clean-session-drops-kept-one", "3.1.1/clean-session-ends-with-connection"),
        new("v311-drops-wills", "No will is ever published.", V311Packets.OnConnect(fields => fields with { WillTopic = null }),
            "3.1.1/will-comes-when-connection-is-lost", "3.1.1/will-comes-without-disconnect", "3.1.1/will-comes-on-protocol-error", "3.1.1/will-comes-on-second-connect", "3.1.1/will-comes-on-takeover",
            "3.1.1/will-comes-on-takeover-of-kept-session", "3.1.1/silent-client-is-disconnected", "3.1.1/will-has-its-qos"),
        new("v311-will-at-qos-0", "Each will has QoS 0.", V311Packets.OnConnect(fields => fields with { WillQoS = 0 }), "3.1.1/will-has-its-qos"),
        new("v311-every-will-retained", "Each will is retained.", V311Packets.OnConnect(fields => fields with { WillRetain = fields.WillTopic is not null }), "3.1.1/will-without-will-retain-is-not-retained"),
        new("v311-no-will-retained", "No will is retained.", V311Packets.OnConnect(fields => fields with { WillRetain = false }), "3.1.1/will-with-will-retain-is-retained"),
        new("v311-old-wills", "A client that connects without a will gets its last one.", V311Packets.OnConnect(OldWill), "3.1.1/will-comes-once", "3.1.1/disconnect-drops-will", "3.1.1/no-will-without-will-flag"),
        new("v311-disconnect-is-a-loss", "A DISCONNECT leaves the will to be published.", Mutant.OnClient(packet => V311Packets.TypeOf(packet) == PacketType.Disconnect ? [[0xE1, 0]] : [packet]), "3.1.1/disconnect-drops-will"),
        new("v311-no-keep-alive", "The Keep Alive is taken for 0.", V311Packets.OnConnect(fields => fields with { KeepAlive = 0 }), "3.1.1/silent-client-is-disconnected"),
        new("v311-hasty-keep-alive", "A client has half of its Keep Alive.", () => new HastyKeepAlive(), "3.1.1/pinging-client-stays-connected"),
        new("v311-pings-do-not-count", "A PINGREQ is answered and does not count as a sign of life.", () => new PingsDoNotCount(), "3.1.1/pinging-client-stays-connected"),
    ];

    private static IEnumerable<byte[]> CorrectFlags(byte[] packet)
    {
        var type = V311Packets.TypeOf(packet);
        if (type != PacketType.Publish)
        {
            packet[0] = (byte)(((int)type << 4) | (type is PacketType.Subscribe or PacketType.Unsubscribe or PacketType.PubRel ? 2 : 0));
        }

        return [packet];
    }

    private static ConnectFields OldWill(ConnectFields fields)
    {
        if (fields.WillTopic is not null)
        {
            Wills[fields.ClientId] = fields;
        }
        else if (Wills.TryGetValue(fields.ClientId, out var old))
        {
            return fields with { WillTopic = old.WillTopic, WillPayload = old.WillPayload };
        }

        return fields;
    }

    private sealed class AcceptsEveryConnect : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.Connect)
            {
                return [packet];
            }

            SendToClient([0x20, 2, 0, 0]);
            return [];
        }
    }

    private sealed class AnswersMalformedConnect : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Connect && (packet[9] & 1) != 0)
            {
                SendToClient([0x20, 2, 0, 5]);
            }

            return [packet];
        }
    }

    private sealed class Refuses(Func<ConnectFields, bool> isRefused, byte returnCode) : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (V311Packets.ReadConnect(packet) is not { } fields || !isRefused(fields))
            {
                return [packet];
            }

            SendToClient([0x20, 2, 0, returnCode]);
            return [];
        }
    }

    private sealed class HearsRefused : MutantLink
    {
        private bool _isRefused;

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (V311Packets.ReadConnect(packet) is { ClientId: "", CleanStart: false } fields)
            {
                _isRefused = true;
                return [Packet.Connect(fields with { CleanStart = true })];
            }

            return _isRefused && TypeOf(packet) == PacketType.PingReq ? [[0xE0, 0]] : [packet];
        }

        public override IEnumerable<byte[]> FromServer(byte[] packet) => [_isRefused && TypeOf(packet) == PacketType.ConnAck ? [0x20, 2, 0, 2] : packet];
    }

    private sealed class LateConnAck : MutantLink
    {
        private byte[]? _held;

        public override IEnumerable<byte[]> FromServer(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.ConnAck && packet[2] == 1)
            {
                _held = packet;
                return [];
            }

            byte[]? late = _held;
            _held = null;
            return late is null ? [packet] : [packet, late];
        }
    }

    private sealed class LosesWhatFollowsConnect : MutantLink
    {
        private long _connectedAt;

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Connect)
            {
                _connectedAt = Stopwatch.GetTimestamp();
                return [packet];
            }

            return Stopwatch.GetElapsedTime(_connectedAt) < TimeSpan.FromMilliseconds(100) ? [] : [packet];
        }
    }

    private sealed class HastyKeepAlive : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (V311Packets.ReadConnect(packet) is { KeepAlive: 1 })
            {
                // Half a second is no Keep Alive that could be asked of the broker: the mutant throws the client out itself.
                _ = Task.Delay(500).ContinueWith(_ => SendToServer([0xFF, 0]), TaskScheduler.Default);
            }

            return [packet];
        }
    }

    private sealed class PingsDoNotCount : MutantLink
    {
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
}
