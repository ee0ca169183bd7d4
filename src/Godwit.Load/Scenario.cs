using System.Net;

namespace Godwit.Load;

/// <summary>What the clients are and do. Values are checked where a run begins.</summary>
public sealed record Scenario
{
    /// <summary>Smallest payload in bytes: time stamp, publisher and sequence number, by which deliveries are measured and checked.</summary>
    public const int PayloadLengthMin = 20;

    /// <summary>Largest payload in bytes.</summary>
    public const int PayloadLengthMax = 16 * 1024 * 1024;

    /// <summary>Most messages that a publisher may have outstanding: half of the packet identifiers.</summary>
    public const int WindowMax = 32_767;

    /// <summary>Most publishers.</summary>
    public const int PublishersMax = 1 << 20;

    /// <summary>Most publishers times subscribers where all publish to all: one sequence number is kept for each.</summary>
    public const int StreamsMax = 16_000_000;

    /// <summary>Who sends what to whom.</summary>
    public required ScenarioKind Kind { get; init; }

    /// <summary>Clients that publish; 0 in a storm and in idle.</summary>
    public int Publishers { get; init; }

    /// <summary>Clients that subscribe; as many as publishers in pairs. The silent ones of idle.</summary>
    public int Subscribers { get; init; }

    /// <summary>Clients that only connect: those of a storm.</summary>
    public int Silent { get; init; }

    /// <summary>Bytes of each payload, from <see cref="PayloadLengthMin"/> to <see cref="PayloadLengthMax"/>.</summary>
    public int PayloadLength { get; init; } = 64;

    /// <summary>QoS of publications and subscriptions: 0, 1 or 2.</summary>
    public byte QoS { get; init; }

    /// <summary>
    /// Closed loop: messages outstanding per publisher, 1 to <see cref="WindowMax"/>. A message is done when every subscriber that it goes to
    /// has it and, above QoS 0, the publisher has its PUBACK or PUBCOMP. 0 where <see cref="RatePerSecond"/> is set.
    /// </summary>
    public int Window { get; init; }

    /// <summary>
    /// Open loop: messages per second of all publishers together. Message k is due at start + k / rate whatever the broker does, and carries
    /// that time, so that a late send counts as latency. 0 for a closed loop.
    /// </summary>
    public double RatePerSecond { get; init; }

    /// <summary>How many connections may be between their SYN and their CONNACK or SUBACK.</summary>
    public int ConnectWindow { get; init; } = 100;

    /// <summary>Connections opened per second; 0: as fast as <see cref="ConnectWindow"/> lets them.</summary>
    public double ConnectRatePerSecond { get; init; }

    /// <summary>How long no connection may be served before opening them fails.</summary>
    public TimeSpan ConnectPatience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The clients speak MQTT 5.0, else 3.1.1.</summary>
    public bool IsVersion5 { get; init; }

    /// <summary>The sessions outlive their connections: without end in 5.0.</summary>
    public bool IsPersistent { get; init; }

    /// <summary>
    /// What publishers publish to. The number and client identifier in it are those of the publisher, in pairs also for the subscriber. Where
    /// all publish to all, subscribers subscribe to + in the levels that vary. In idle they are those of the subscriber.
    /// </summary>
    public NamePattern Topic { get; init; } = new("load/%i");

    /// <summary>Client identifiers by the number of the connection, which counts subscribers first.</summary>
    public NamePattern ClientId { get; init; } = new("load-%i");

    /// <summary>The name of the group in <see cref="ScenarioKind.Shared"/>.</summary>
    public string Group { get; init; } = "load";

    /// <summary>User name; null for none.</summary>
    public string? UserName { get; init; }

    /// <summary>Password; null for none.</summary>
    public string? Password { get; init; }

    /// <summary>Keep Alive in seconds, 0 for none. Connections say PINGREQ at least twice in that time.</summary>
    public ushort KeepAlive { get; init; }

    /// <summary>
    /// Where connections come from, in turn. Empty: from where the system chooses, and to an IPv4 loopback address from 127.0.0.1 to
    /// 127.0.0.250, 4,000 connections each, since one address has ports for 28,000.
    /// </summary>
    public IReadOnlyList<IPAddress> SourceAddresses { get; init; } = [];

    /// <summary>Messages flow.</summary>
    public bool HasTraffic => Kind is not (ScenarioKind.Storm or ScenarioKind.Idle);

    /// <summary>Connections in all.</summary>
    public int ConnectionCount => Publishers + Subscribers + Silent;

    /// <summary>How many subscribers each message goes to.</summary>
    public int CopiesPerMessage => Kind is ScenarioKind.FanIn or ScenarioKind.FanOut ? Subscribers : 1;

    /// <summary>What is wrong with the values; null when nothing is.</summary>
    public string? FindProblem()
    {
        if (QoS > 2)
        {
            return $"QoS {QoS}: allowed are 0, 1 and 2";
        }

        if (!HasTraffic)
        {
            return Publishers > 0 || (Kind == ScenarioKind.Storm ? Subscribers > 0 || Silent < 1 : Silent > 0 || Subscribers < 1)
                ? $"{Kind} has connections without publishers"
                : null;
        }

        return Silent > 0 || Publishers < 1 || Subscribers < 1 || Publishers > PublishersMax ? $"publishers and subscribers: 1 to {PublishersMax}"
            : Kind == ScenarioKind.Pairs && Publishers != Subscribers ? $"{Publishers} publishers and {Subscribers} subscribers are no pairs"
            : Kind != ScenarioKind.Pairs && (long)Publishers * Subscribers > StreamsMax ? $"{Publishers} publishers to {Subscribers} subscribers: their product may be {StreamsMax} at most"
            : PayloadLength is < PayloadLengthMin or > PayloadLengthMax ? $"payload of {PayloadLength} bytes: allowed are {PayloadLengthMin} to {PayloadLengthMax}"
            : Window is < 0 or > WindowMax || RatePerSecond < 0 || Window > 0 == RatePerSecond > 0 ? $"either a window of 1 to {WindowMax} or a rate"
            : Kind != ScenarioKind.Pairs && Topic.ToFilter() is null ? $"topic '{Topic}': where all publish to all, %i and %c have to be whole levels"
            : null;
    }
}
