using static Godwit.Conformance.Tests.Page.MosquittoVerdict;

namespace Godwit.Conformance.Tests.Page;

/// <summary>Where Debian's mosquitto and the kit differ, judged. <see cref="MosquittoTests"/> compares it with a run.</summary>
internal static class MosquittoDifferences
{
    /// <summary>The version that was looked at.</summary>
    public const string Version = "2.0.11";

    /// <summary>Checks that it fails, in the order of the checks.</summary>
    public static IReadOnlyList<MosquittoDifference> Failed { get; } =
    [
        new("3.1.1/pingreq-with-wrong-flags-closes", Deviation, "Answers PINGREQ whatever its reserved flags are."),
        new("3.1.1/acknowledgement-with-wrong-flags-closes", Deviation, "Takes PUBACK, PUBREC and PUBCOMP whatever their reserved flags are; it does look at those of PUBREL, SUBSCRIBE and UNSUBSCRIBE."),
        new("3.1.1/will-comes-on-second-connect", Deviation, "Closes at a second CONNECT, as it must, and drops the will."),
        new("3.1.1/will-comes-on-takeover-of-kept-session", Deviation, "Drops the will of the older connection when the newer one goes on with the session; when the session ends by the takeover it publishes it."),
        new("3.1.1/qos-0-with-dup-closes", Deviation, "Takes a QoS 0 PUBLISH with DUP 1; what it delivers has DUP 0."),
        new("3.1.1/server-packets-from-client-close", Deviation, "Closes at CONNACK, and lets SUBACK, UNSUBACK and PINGRESP from a client pass without a word."),
        new("3.1.1/pingreq-with-body-closes", Deviation, "Answers a PINGREQ that has a body."),
        new("3.1.1/qos-2-every-repeat-gets-pubrec", Deviation, "Answers the first repeat of a QoS 2 PUBLISH by PUBREC, and closes the connection at the second."),
        new("5.0/long-form-of-remaining-length-closes", Deviation, "Reads a Remaining Length of 0 that is written as 80 00."),
        new("5.0/reserved-flags-of-puback-close", Deviation, "Takes PUBACK whatever its reserved flags are."),
        new("5.0/reserved-flags-of-pubrec-close", Deviation, "Takes PUBREC whatever its reserved flags are, and answers by PUBREL."),
        new("5.0/reserved-flags-of-pubcomp-close", Deviation, "Takes PUBCOMP whatever its reserved flags are."),
        new("5.0/reserved-flags-of-pingreq-close", Deviation, "Answers PINGREQ whatever its reserved flags are."),
        new("5.0/takeover-tells-the-older-connection", Deviation, "Closes the older connection without the DISCONNECT with 0x8E that the statement asks for."),
        new("5.0/nothing-above-maximum-packet-size", Deviation, "Sends a packet of 301 bytes to a client whose Maximum Packet Size is 300; larger ones it keeps back."),
        new("5.0/too-large-counts-as-delivered", Deviation, "A QoS 1 message that is too large for the client keeps its place in the client's Receive Maximum for good: with a Receive Maximum of 1 nothing comes any more."),
        new("5.0/will-after-takeover", Deviation, "Drops the will, which has no delay, when another connection goes on with the session."),
        new("5.0/will-when-session-ends-before-delay", Deviation, "Waits for the Will Delay Interval although the session, and with it the delay, has ended with the connection."),
        new("5.0/will-when-clean-start-ends-the-session", Deviation, "Drops the delayed will of a session that Clean Start 1 ends, where the end of the session makes it due."),
        new("5.0/will-when-takeover-ends-the-session", Deviation, "As before, for a session without expiry interval that another connection takes over."),
        new("5.0/publish-with-subscription-identifier-closes", Deviation, "Takes a PUBLISH of a client that has a Subscription Identifier."),
        new("5.0/retain-handling-of-a-shared-subscription", Deviation, "Sends the retained message to a member that joins a group; §4.8.2 says, without a number, that there are none for Shared Subscriptions. So each member gets it."),
        new("5.0/publish-wildcard-response-topic-is-refused", Deviation, "Accepts and passes on a Response Topic with a wildcard, to which nobody can respond."),
        new("5.0/subscribe-no-local-on-shared-closes", Deviation, "Grants a Shared Subscription with No Local, which is a protocol error."),
        new("5.0/unknown-disconnect-reason-code-keeps-the-will", Deviation, "Takes DISCONNECT with 0x01, which is in no table, for a normal one and drops the will."),
        new("5.0/qos2-message-under-way-does-not-expire", Deviation, "Expires a QoS 2 message whose PUBLISH the client has seen, and does not go on with its exchange when the session does."),
        new("5.0/shared-without-name-is-not-granted", Deviation, "Grants a Shared Subscription with an empty ShareName."),
        new("5.0/shared-with-wrong-name-is-not-granted", Deviation, "Grants `$share/+/topic`, and `$share/topic` and `$share/topic/`, which have no Topic Filter; the other wildcards it refuses."),
        new("5.0/flow-stays-within-receive-maximum", Deviation, "Has 3 unacknowledged messages under way to a client whose Receive Maximum is 2: it sends two for the first PUBACK."),
        new("5.0/flow-above-receive-maximum-closes", Deviation, "Refuses the QoS 2 PUBLISH that exceeds its Receive Maximum by PUBREC with 0x97 (Quota exceeded) instead of ending the connection (0x93)."),
        new("5.0/connect-authentication-data-without-method-refused", Deviation, "Accepts a CONNECT that has Authentication Data and no Authentication Method."),
        new("5.0/will-payload-format-2-refused", Harmless, "Accepts a Payload Format Indicator of 2 in a will; the standard names 0 and 1 alone."),
        new("5.0/publish-payload-format-2-closes", Harmless, "Accepts a Payload Format Indicator of 2; the standard names 0 and 1 alone."),
        new("5.0/packets-of-servers-close", Deviation, "Closes at CONNACK, and lets SUBACK, UNSUBACK and PINGRESP from a client pass without a word."),
        new("5.0/pingreq-with-body-closes", Deviation, "Answers a PINGREQ that has a body."),
        new("5.0/bytes-behind-the-last-field-close", Deviation, "Takes PUBACK and PUBREL that have bytes behind their last field."),
    ];

    /// <summary>Checks that cannot be made with it as it is configured here, with the reason that the kit gives.</summary>
    public static IReadOnlyDictionary<string, string> NotApplicable { get; } = new Dictionary<string, string>
    {
        ["5.0/wrong-credentials-end-the-connection"] = "the broker takes any user name",
        ["5.0/auth-challenge"] = "the broker does not begin an exchange of SCRAM-SHA-256",
        ["5.0/wrong-answer-to-a-challenge"] = "the broker does not begin an exchange of SCRAM-SHA-256",
        ["5.0/auth-within-maximum-packet-size"] = "the broker does not begin an exchange of SCRAM-SHA-256",
        ["5.0/packet-above-servers-maximum-size-closes"] = "the broker announces no Maximum Packet Size",
    };
}
