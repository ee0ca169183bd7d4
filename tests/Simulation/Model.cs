using Godwit.Conformance.Wire;
using Godwit.Engine;

namespace Godwit.Simulation;

/// <summary>
/// What the clients of a run have done and seen, in one order, and from that what the broker must, may and must not have done. Knows
/// nothing of the engine. Ticks order what happened; times are virtual milliseconds.
/// </summary>
internal sealed partial class Model(Plan plan, Agenda agenda, DiskSpace space)
{
    /// <summary>A tick or time that does not come.</summary>
    public const long Never = long.MaxValue;

    // So much earlier than a client learns of it the broker may have closed its connection.
    private const long SentAwayBefore = 50;

    // The longest that a loop stands still, and a moment.
    private const long FreezeMax = 3_200;

    // How much later than it could the broker may do something: bytes travel, commits wait, loops are frozen.
    private readonly long _slack = 5_000 + Hindrance(plan);

    // And by when what reaches the broker has reached its disk: much sooner.
    private readonly long _slackToDisk = 1_000 + Hindrance(plan);

    private readonly List<SentMessage> _messages = [];
    private readonly Dictionary<string, SentMessage> _byPayload = [];
    private readonly List<ModelSession> _sessions = [];
    private readonly List<ModelWill> _wills = [];
    private readonly List<ModelDelivery> _deliveries = [];
    private readonly HashSet<SentMessage> _resent = [];
    private readonly Dictionary<int, Pending> _clients = [];
    private readonly List<ModelCrash> _crashes = [];
    private long _tick;
    private long _setBackBy;
    private long _restartedAt;
    private long _diedAt;

    private static long Hindrance(Plan plan) =>
        plan.Events.Where(each => each.Action is PlannedAction.FreezeLoop or PlannedAction.FillDisk).Sum(each => each.Duration);

    public ModelWill NewWill(SimulatedClient client)
    {
        var will = new ModelWill(client.Index, _wills.Count + 1, client.Plan.WillDelay, client.Plan.WillQoS);
        _wills.Add(will);
        return will;
    }

    public SentMessage NewMessage(SimulatedClient client, string topic, int qos, bool retain, bool isEmpty, int expiry)
    {
        var message = new SentMessage(_messages.Count + 1, client.Index, topic, qos, retain, isEmpty, expiry);
        _messages.Add(message);
        if (!isEmpty)
        {
            _byPayload.Add(message.Payload, message);
        }

        return message;
    }

    public void Connecting(SimulatedClient client, bool cleanStart, ModelWill? will)
    {
        var pending = Of(client);
        pending.CleanStart = cleanStart;
        pending.ConnectionNumber++;
        pending.IsUnanswered |= pending.IsAsking;
        pending.IsAsking = true;
        pending.Will = will;
        foreach (var earlier in _wills.Where(each => each.Client == client.Index && each.NotBefore != Never && each != will))
        {
            // The session goes on before the will is due: the will is not published. Begun anew, it ends at once and its will is.
            if (cleanStart)
            {
                earlier.NotBefore = Math.Min(earlier.NotBefore, agenda.Now);
            }

            if (agenda.Now <= earlier.NotAfter)
            {
                earlier.NotAfter = cleanStart && earlier.NotAfter != Never ? Math.Max(earlier.NotAfter, agenda.Now + _slack) : Never;
            }
        }

        if (pending.LeftWill is { } left && agenda.Now < pending.LeftAt + _slack)
        {
            // The newer connection may reach the broker before the DISCONNECT on the older one: then it is a takeover.
            left.NotBefore = Math.Min(left.NotBefore, agenda.Now);
        }

        pending.LeftWill = null;
        if (cleanStart || agenda.Now + _slack >= pending.SessionExpiresFrom)
        {
            foreach (var session in _sessions.Where(session => session.Client == client.Index))
            {
                session.MayEndAt = Math.Min(session.MayEndAt, Tick());
            }
        }
    }

    public ModelSession Connected(SimulatedClient client, ModelSession? earlier, bool sessionPresent)
    {
        var pending = Of(client);
        pending.IsAsking = false;
        if (pending.TakenWill is { } taken && !pending.IsUnanswered && (taken.Delay == 0 || pending.CleanStart))
        {
            taken.NotAfter = agenda.Now + _slack;
        }

        pending.TakenWill = null;
        bool wasUnanswered = pending.IsUnanswered;
        pending.IsUnanswered = false;
        if (sessionPresent && !pending.CleanStart && wasUnanswered && earlier is not { MayEndAt: Never })
        {
            // A CONNECT before this one was not answered: the session may be the one of before, or one that it made.
            var unknown = new ModelSession(client.Index, _sessions.Count + 1) { Connections = 2, MayEndAt = Tick() };
            unknown.Subscriptions.AddRange(earlier?.Subscriptions ?? []);
            _sessions.Add(unknown);
            return unknown;
        }

        if (sessionPresent)
        {
            if (pending.CleanStart || earlier is null)
            {
                throw new ViolationException($"{client} began a session anew and was told that there is one");
            }

            if (pending.SessionExpiresBy < agenda.Now - _slack)
            {
                throw new ViolationException($"{client} was told of a session that expired at {pending.SessionExpiresBy}, now is {agenda.Now}");
            }

            earlier.Connections++;
            return earlier;
        }

        bool wasKept = earlier is not null && !wasUnanswered && client.Plan.IsPersistent && !pending.CleanStart && agenda.Now < pending.SessionExpiresFrom
            && !MayHaveEndedByOverflow(earlier);
        if (wasKept)
        {
            throw new ViolationException($"{client} lost its session");
        }

        if (earlier is not null)
        {
            earlier.MayEndAt = Math.Min(earlier.MayEndAt, pending.LastEndTick);
        }

        var session = new ModelSession(client.Index, _sessions.Count + 1) { Connections = 1 };
        _sessions.Add(session);
        return session;
    }

    public void ConnectionEnds(SimulatedClient client, ConnectionEnd end)
    {
        var pending = Of(client);
        pending.LastEndTick = Tick();
        pending.WasCrashed = end == ConnectionEnd.Crashed;
        bool mayBeSentAway = end == ConnectionEnd.SentAway || (client.Plan.Version != MqttVersion.V50 && space.WasFullSince(agenda.Now - FreezeMax));
        long noticedFrom = agenda.Now - (mayBeSentAway ? SentAwayBefore : 0);
        long noticedBy = agenda.Now + (end == ConnectionEnd.Silent ? (client.Plan.KeepAlive * 1500L) + _slack : _slack);
        uint expiry = client.Plan.SessionExpiry;
        pending.NoticedBy = end == ConnectionEnd.Silent ? noticedBy : noticedFrom;
        pending.SessionExpiry = expiry;
        pending.SessionExpiresFrom = expiry == uint.MaxValue ? Never : noticedFrom + (expiry * 1000L);
        pending.SessionExpiresBy = expiry == uint.MaxValue ? Never : noticedBy + (expiry * 1000L);
        if (!client.Plan.IsPersistent && client.Session is { } session)
        {
            session.MayEndAt = Math.Min(session.MayEndAt, Tick());
        }

        if (pending.Will is { } will)
        {
            pending.Will = null;
            bool isCancelled = end == ConnectionEnd.Disconnected;
            if (isCancelled)
            {
                will.CancelledAt = agenda.Now;
                if (client.Plan.Version != MqttVersion.V50 && space.WasFullSince(agenda.Now - FreezeMax))
                {
                    // The broker may have sent the client away before it read the DISCONNECT.
                    will.NotBefore = noticedFrom;
                }

                pending.LeftWill = will;
                pending.LeftAt = agenda.Now;
            }
            else if (end == ConnectionEnd.TakenOver)
            {
                // What becomes of it depends on the newer connection, which may not even arrive.
                will.NotBefore = noticedFrom;
                pending.TakenWill = client.IsConnected ? will : null;
            }
            else if (end == ConnectionEnd.Crashed)
            {
                will.NotBefore = noticedFrom;
                will.AwaitsRestart = client.IsConnected;
                will.MayHaveBeenDue = mayBeSentAway;
            }
            else
            {
                // The session's end publishes a delayed will early.
                long delay = Math.Min(will.Delay, client.Plan.IsPersistent ? expiry : 0) * 1000L;
                will.NotBefore = client.IsConnected ? noticedFrom + delay : noticedFrom;

                // A CONNECT that was not answered may not have arrived.
                will.NotAfter = client.IsConnected ? noticedBy + delay : Never;
            }
        }
    }

    /// <summary>The broker has died. What its clients had done takes its time to the broker and from there to the disk.</summary>
    public void BrokerDied()
    {
        long durableUpTo = agenda.Now - _slackToDisk;
        _crashes.Add(new ModelCrash(Tick(), agenda.Now, durableUpTo));
        _diedAt = agenda.Now;
        foreach (var will in _wills.Where(each => each.CancelledAt != Never && each.CancelledAt > durableUpTo))
        {
            will.NotBefore = Math.Min(will.NotBefore, agenda.Now); // nobody had waited for its deletion
        }

        foreach (var pending in _clients.Values)
        {
            pending.WasCrashed |= pending.NoticedBy > durableUpTo;
        }
    }

    /// <summary>The broker runs again. Time of day lags by <paramref name="setBackBy"/> behind the time that has gone by.</summary>
    public void BrokerRestarted(long setBackBy, long grace)
    {
        // Until it has caught up, what was written down before it was set back seems to have been just now.
        _setBackBy = setBackBy;
        _restartedAt = agenda.Now;
        bool wasSetBack = setBackBy > 0;
        foreach (var will in _wills.Where(each => each.AwaitsRestart || (each.NotAfter != Never && each.NotAfter >= _diedAt)))
        {
            uint expiry = plan.Clients[will.Client].SessionExpiry;
            long delay = Math.Max(will.Delay * 1000L, grace);
            if (will.AwaitsRestart)
            {
                will.AwaitsRestart = false;
                will.NotBefore = will.MayHaveBeenDue ? will.NotBefore : agenda.Now + (expiry is 0 or uint.MaxValue ? delay : Math.Min(delay, expiry * 1000L));
                will.NotAfter = agenda.Now + delay + _slack;
            }
            else
            {
                will.NotAfter = Math.Max(will.NotAfter, agenda.Now + delay + _slack);
            }
        }

        foreach (var pending in _clients.Values)
        {
            // Its client counts as gone since now, if nothing else was known, or if the clock has lost the time since.
            if ((pending.WasCrashed || wasSetBack) && pending.SessionExpiresBy != Never)
            {
                pending.SessionExpiresBy = Math.Max(pending.SessionExpiresBy, agenda.Now + (pending.SessionExpiry * 1000L) + _slack);
            }

            if (pending.WasCrashed)
            {
                pending.WasCrashed = false;
                pending.NoticedBy = agenda.Now;
            }
        }
    }

    public static void Stalled(SimulatedClient client)
    {
        if (client.Session is { } session)
        {
            session.WasStalled = true;
        }
    }

    public ModelSubscription Subscribing(SimulatedClient client, string filter, int options)
    {
        var session = client.Session!;
        foreach (var older in session.Subscriptions.Where(each => each.Filter == filter && each.EndedAt == Never))
        {
            older.EndsAt = Math.Min(older.EndsAt, Tick());
        }

        var subscription = new ModelSubscription(session, filter, options, Tick());
        session.Subscriptions.Add(subscription);
        return subscription;
    }

    public void Subscribed(ModelSubscription subscription)
    {
        subscription.AckedAt = Tick();
        foreach (var older in subscription.Session.Subscriptions.Where(each => each.Filter == subscription.Filter && each.SentAt < subscription.SentAt))
        {
            older.EndedAt = Math.Min(older.EndedAt, subscription.AckedAt);
        }
    }

    /// <summary>The subscriptions that this ends.</summary>
    public List<ModelSubscription> Unsubscribing(SimulatedClient client, string filter)
    {
        var ended = client.Session!.Subscriptions.Where(each => each.Filter == filter && each.EndedAt == Never && !each.IsUnsubscribing).ToList();
        ended.ForEach(each => each.EndsAt = Math.Min(each.EndsAt, Tick()));
        ended.ForEach(each => each.IsUnsubscribing = true);
        return ended;
    }

    public void Unsubscribed(List<ModelSubscription> ended) => ended.ForEach(each => each.EndedAt = Math.Min(each.EndedAt, Tick()));

    /// <summary>The client may have a subscription to the filter.</summary>
    public static bool MayBeSubscribed(SimulatedClient client, string filter) =>
        client.Session!.Subscriptions.Exists(each => each.Filter == filter && each.EndedAt == Never);

    public void Sent(SimulatedClient client, SentMessage message)
    {
        message.SentAt = Tick();
        message.SentTime = agenda.Now;
        message.LastSentTime = agenda.Now;
        message.Sendings = 1;
        message.Connection = Of(client).ConnectionNumber;
    }

    /// <summary>The message goes over the wire once more.</summary>
    public void SentAgain(SentMessage message)
    {
        message.LastSentTime = agenda.Now;
        message.Sendings++;
        _resent.Add(message);
    }

    public void Acknowledged(SentMessage message)
    {
        if (message.AckedAt == Never)
        {
            CheckRoomFor(message);
            message.AckedAt = Tick();
            message.AckedTime = agenda.Now;
        }
    }

    public void Delivered(SimulatedClient client, ModelSession session, ReceivedPacket packet, string topic)
    {
        if (topic.StartsWith(ModelWill.Root, StringComparison.Ordinal))
        {
            return;
        }

        if (packet.Payload.Length == 0)
        {
            return; // a clearing message: not told apart from another
        }

        if (!_byPayload.TryGetValue(packet.Text, out var message) || message.Topic != topic)
        {
            throw new ViolationException($"{client} got a message that nobody sent: {packet}");
        }

        object? expiry = packet.Property(PropertyId.MessageExpiryInterval);
        _deliveries.Add(new ModelDelivery(message, session, packet.QoS, packet.Retain, packet.Dup, (uint?)expiry, Tick(), agenda.Now, Of(client).ConnectionNumber));
        if (message.Expiry > 0)
        {
            CheckExpiry(client, message, (uint?)expiry, packet.Dup);
        }

        CheckAge(client, session, message, packet);
    }

    /// <summary>The watcher, whose connection never breaks, got a will.</summary>
    public void WillSeen(string payload)
    {
        var will = _wills.Find(each => each.Payload == payload) ?? throw new ViolationException($"a will that nobody has left: {payload}");
        will.SeenAt.Add(agenda.Now);
    }

    private long Tick() => ++_tick;

    private Pending Of(SimulatedClient client) => Of(client.Index);

    private Pending Of(int client)
    {
        if (!_clients.TryGetValue(client, out var pending))
        {
            _clients[client] = pending = new Pending();
        }

        return pending;
    }

    private void CheckExpiry(SimulatedClient client, SentMessage message, uint? left, bool isDup)
    {
        // Sent at the latest when its publisher knew of its arrival.
        long receivedBy = message.AckedTime == Never ? Never : message.AckedTime;
        if (left > (uint)message.Expiry || (left is null && plan.Clients[client.Index].Version == MqttVersion.V50))
        {
            throw new ViolationException($"{client} got {message} with an expiry of {left?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}");
        }

        // A message that was sent before may be sent again after its time.
        if (!isDup && receivedBy != Never && agenda.Now > receivedBy + (message.Expiry * 1000L) + _slack + _setBackBy)
        {
            throw new ViolationException($"{client} got {message} long after it had expired");
        }
    }

    private void CheckAge(SimulatedClient client, ModelSession session, SentMessage message, ReceivedPacket packet)
    {
        // What a group has handed out waits with its member, what was sent once may be sent again, and a replay is no queue.
        if (plan.Options.QueuedAgeSecondsMax == EngineOptions.Unlimited || packet.QoS == 0 || packet.Dup || message.Retain || message.AckedTime == Never
            || _resent.Contains(message) || session.Subscriptions.Exists(each => each.Group is not null))
        {
            return;
        }

        long until = message.AckedTime + (plan.Options.QueuedAgeSecondsMax * 1000L) + _slack + _setBackBy;
        if (agenda.Now > until && agenda.Now > _restartedAt + _slackToDisk)
        {
            throw new ViolationException($"{client} got {message}, which had waited for too long");
        }
    }

    private sealed class Pending
    {
        public bool CleanStart { get; set; }

        public int ConnectionNumber { get; set; }

        public bool IsAsking { get; set; }

        /// <summary>A CONNECT got no answer, so what it did is not known.</summary>
        public bool IsUnanswered { get; set; }

        public ModelWill? Will { get; set; }

        /// <summary>The will of a connection that was left by DISCONNECT, and when.</summary>
        public ModelWill? LeftWill { get; set; }

        public long LeftAt { get; set; }

        /// <summary>The will of a connection that the present one takes over from.</summary>
        public ModelWill? TakenWill { get; set; }

        public long SessionExpiresFrom { get; set; } = Never;

        public long SessionExpiresBy { get; set; } = Never;

        public long LastEndTick { get; set; }

        /// <summary>When the broker knows of the end of the last connection at the latest.</summary>
        public long NoticedBy { get; set; }

        public uint SessionExpiry { get; set; }

        /// <summary>The broker died before it had written down that the client is gone.</summary>
        public bool WasCrashed { get; set; }
    }
}
