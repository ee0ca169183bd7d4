using Godwit.Protocol;

namespace Godwit.Crash;

/// <summary>
/// Who publishes what and who subscribes to what: both versions, both clients, QoS 1 and 2, retained topics, overlapping filters, subscribers
/// that stay, that leave and that come late, and shared groups.
/// </summary>
internal sealed class Cast
{
    private const int LateSubscribers = 6;

    private readonly Ledger _ledger;
    private readonly CrashOptions _options;
    private readonly string _address;
    private int _seed;

    internal Cast(Ledger ledger, CrashOptions options, string address)
    {
        _ledger = ledger;
        _options = options;
        _address = address;
        _seed = options.Seed * 1000;
        AddPublisher("g1", ProtocolVersion.Mqtt5);
        AddPublisher("g2", ProtocolVersion.Mqtt311);
        AddPublisher("g3", ProtocolVersion.Mqtt5);

        AddSubscriber("all", ProtocolVersion.Mqtt5, 0, 0, ("crash/#", 2));
        AddSubscriber("overlap", ProtocolVersion.Mqtt311, 2, 1, ("crash/live/#", 1), ("crash/+/q2/#", 2));
        AddSubscriber("several", ProtocolVersion.Mqtt5, 3, 1, ("crash/live/+/g1/#", 2), ("crash/live/q2/#", 1), ("crash/kept/#", 2));
        AddSubscriber("seldom", ProtocolVersion.Mqtt311, 0.3, 6, ("crash/live/#", 2));
        AddGroup("team", 3, ("crash/live/#", 2));
        AddGroup("once", 2, ("crash/+/q1/#", 1));
        for (int i = 0; i < LateSubscribers; i++)
        {
            Late.Add(NewSubscriber($"late{i}", ProtocolVersion.Mqtt5, 1, 1, _ledger.Add(new Receiver(_ledger, $"late{i}", false, true, ("crash/live/+/g1/#", 2), ("crash/live/+/g2/#", 1))), isLate: true));
        }

        if (options.HasPaho)
        {
            PahoPublishers.Add(new PahoPublisher("p1", 4, options.Rate / 2, TopicsOf("p1")));
            PahoPublishers.Add(new PahoPublisher("p2", 5, options.Rate / 2, TopicsOf("p2")));
            PahoSubscribers.Add(new PahoSubscriber("paho311", 4, true, NewReceiver("paho311", false, ("crash/live/q2/#", 2), ("crash/kept/q1/#", 1))));
            PahoSubscribers.Add(new PahoSubscriber("paho5", 5, true, NewReceiver("paho5", false, ("crash/live/q1/#", 1), ("crash/+/+/p1/#", 2))));
            PahoSubscribers.Add(new PahoSubscriber("team-paho", 5, true, Team));
        }
    }

    internal List<GodwitPublisher> Publishers { get; } = [];

    internal List<GodwitSubscriber> Subscribers { get; } = [];

    /// <summary>To be started one by one in the course of the run.</summary>
    internal List<GodwitSubscriber> Late { get; } = [];

    internal List<PahoPublisher> PahoPublishers { get; } = [];

    internal List<PahoSubscriber> PahoSubscribers { get; } = [];

    private Receiver Team { get; set; } = null!;

    private PublishedTopic[] TopicsOf(string publisher) =>
    [
        _ledger.Add(new PublishedTopic($"crash/live/q1/{publisher}/a", 1, false)),
        _ledger.Add(new PublishedTopic($"crash/live/q2/{publisher}/b", 2, false)),
        _ledger.Add(new PublishedTopic($"crash/kept/q1/{publisher}/c", 1, true)),
        _ledger.Add(new PublishedTopic($"crash/kept/q2/{publisher}/d", 2, true)),
    ];

    private void AddPublisher(string name, ProtocolVersion version) =>
        Publishers.Add(new GodwitPublisher(_ledger, _address, name, version, TopicsOf(name), _options.Rate, _seed++));

    private Receiver NewReceiver(string name, bool isGroup, params (string Filter, int QoS)[] filters) =>
        _ledger.Add(new Receiver(_ledger, name, isGroup, false, filters));

    private void AddSubscriber(string name, ProtocolVersion version, double stay, double away, params (string Filter, int QoS)[] filters) =>
        Subscribers.Add(NewSubscriber(name, version, stay, away, NewReceiver(name, false, filters)));

    private void AddGroup(string name, int members, params (string Filter, int QoS)[] filters)
    {
        var receiver = NewReceiver(name, true, filters);
        Team ??= receiver;
        for (int i = 0; i < members; i++)
        {
            Subscribers.Add(NewSubscriber($"{name}{i}", ProtocolVersion.Mqtt5, i == 0 ? 0 : 2, 1, receiver));
        }
    }

    private GodwitSubscriber NewSubscriber(string name, ProtocolVersion version, double stay, double away, Receiver receiver, bool isLate = false) =>
        new(_ledger, _address, name, version, receiver, _seed++) { StaySeconds = stay, AwaySeconds = away, IsLate = isLate };
}
