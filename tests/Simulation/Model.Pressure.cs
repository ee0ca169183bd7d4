namespace Godwit.Simulation;

/// <content>What a full disk and full queues allow.</content>
internal sealed partial class Model
{
    private readonly HashSet<(SentMessage, ModelSession)> _dropped = [];

    private bool EndsOverflowing => plan.Store.HasSmallQueues && plan.Options.QueueOverflow == Engine.Sessions.QueueOverflow.Disconnect;

    /// <summary>The broker has no room for a message, and says so.</summary>
    public void Refused(SimulatedClient client, SentMessage message)
    {
        if (!space.WasFullSince(message.LastSentTime))
        {
            throw new ViolationException($"{client} was refused {message}, though there was room");
        }

        message.IsRefused = true;
    }

    /// <summary>The broker closes the connection of a client that has done nothing wrong.</summary>
    public void SentAway(SimulatedClient client, bool hasUnacknowledged, bool isToldOfQuota)
    {
        bool isV5 = client.Plan.Version == Conformance.Wire.MqttVersion.V50;
        if (EndsOverflowing && client.Session is { } session && (isToldOfQuota == isV5 || session.WasStalled) && CouldOverflow(session))
        {
            session.MayEndAt = Math.Min(session.MayEndAt, Tick());
            return;
        }

        if (isV5 || !hasUnacknowledged || !space.WasFullSince(agenda.Now - _slack))
        {
            throw new ViolationException($"the broker closed the connection of {client}, which had done nothing wrong");
        }
    }

    private bool MayHaveEndedByOverflow(ModelSession session)
    {
        bool may = EndsOverflowing && CouldOverflow(session);
        if (may)
        {
            session.MayEndAt = Math.Min(session.MayEndAt, Of(session.Client).LastEndTick);
        }

        return may;
    }

    // What has to be kept while there is no room must not look as if it were.
    private void CheckRoomFor(SentMessage message)
    {
        if (message.QoS == 0 || message.Sendings > 1 || !space.IsFullSince(message.SentTime) || EndsOverflowing)
        {
            return;
        }

        bool hasToBeKept = message.Retain || _sessions.Exists(session => IsThere(session)
            && session.Subscriptions.Exists(each => each.QoS > 0 && Matches(each, message) && each.AckedAt < message.SentAt && each.EndsAt == Never));
        if (hasToBeKept)
        {
            throw new ViolationException($"{message} was acknowledged though there was no room for it");
        }
    }

    private bool IsThere(ModelSession session) => session.MayEndAt == Never && plan.Clients.Count > session.Client && plan.Clients[session.Client].IsPersistent
        && (Of(session.Client).SessionExpiresFrom is Never || Of(session.Client).SessionExpiresFrom > agenda.Now);

    // Some queue of the session may have held more than it is allowed to.
    private bool CouldOverflow(ModelSession session) =>
        session.Subscriptions.Where(each => each.QoS > 0).Any(each => CopiesFor(session, [each]) > plan.Options.QueuedMessagesMax);

    private int CopiesFor(ModelSession session, ModelSubscription[] subscriptions) =>
        _messages.Where(each => MayHaveBeenQueued(each, session, subscriptions)).Sum(each => each.Sendings);

    private static bool MayHaveBeenQueued(SentMessage message, ModelSession session, ModelSubscription[] subscriptions) =>
        message.QoS > 0 && message.SentAt != Never && (!message.IsRefused || message.Sendings > 1) && subscriptions.Any(each => Matches(each, message));

    // True when the policy allows that the session never got the message.
    private bool WasDroppedByPolicy(ModelSession session, SentMessage message)
    {
        if (!plan.Store.HasSmallQueues)
        {
            return false;
        }

        bool wasDropped = plan.Options.QueueOverflow switch
        {
            Engine.Sessions.QueueOverflow.DropOldest => CouldBeCrowdedOut(session, message),
            Engine.Sessions.QueueOverflow.DropNewest => CouldFindQueueFull(session, message),
            Engine.Sessions.QueueOverflow.KeepLatest => CouldBeSuperseded(session, message),
            _ => MayHaveEndedByOverflow(session),
        };
        if (wasDropped && session.MayEndAt == Never)
        {
            _dropped.Add((message, session));
        }

        return wasDropped;
    }

    // In each queue that it was in there came enough behind it. A session away finds the oldest gone, never the newest. After a crash
    // the one queue has it from which it was sent.
    private bool CouldBeCrowdedOut(ModelSession session, SentMessage message)
    {
        var queues = session.Subscriptions.Where(each => each.Group is null && each.QoS > 0 && Matches(each, message)).ToArray();
        return _crashes.Count > 0 ? queues.Where(each => MayCover(each, message)).Any(Crowded) : queues.Where(each => CoversForSure(each, message)).All(Crowded);

        bool Crowded(ModelSubscription subscription) =>
            _messages.Where(each => each != message && each.AckedAt > message.SentAt && MayHaveBeenQueued(each, session, [subscription])).Sum(each => each.Sendings) + message.Sendings - 1
                >= plan.Options.QueuedMessagesMax;
    }

    // A later one of its topic came, or ones of as many other topics as the queue holds.
    private bool CouldBeSuperseded(ModelSession session, SentMessage message)
    {
        var own = session.Subscriptions.Where(each => each.Group is null && each.QoS > 0).ToArray();
        var behind = _messages.Where(each => each != message && each.AckedAt > message.SentAt && MayHaveBeenQueued(each, session, own)).ToArray();
        return behind.Any(each => each.Topic == message.Topic) || behind.DistinctBy(each => each.Topic).Count() >= plan.Options.QueuedMessagesMax;
    }

    // Enough lay there when it came: what was delivered long before, to a client that never went away, does not count.
    private bool CouldFindQueueFull(ModelSession session, SentMessage message)
    {
        var own = session.Subscriptions.Where(each => each.Group is null && each.QoS > 0).ToArray();
        return _messages.Where(each => each != message && each.SentAt < message.AckedAt && MayHaveBeenQueued(each, session, own) && !WasDoneWith(session, each, message))
            .Sum(each => each.Sendings) + message.Sendings - 1 >= plan.Options.QueuedMessagesMax;
    }

    // What a full queue had dropped may be there again after a crash that has forgotten how far its session had read.
    private bool CameBack(long before, long again) => plan.Store.HasSmallQueues && _crashes.Exists(each => each.At > before && each.At < again);

    private bool WasDoneWith(ModelSession session, SentMessage earlier, SentMessage message) =>
        session is { Connections: 1, WasStalled: false } && earlier.Sendings == 1
        && _deliveries.Exists(each => each.Session == session && each.Message == earlier && each.Time + _slack < message.SentTime);

    private void CheckDrops(long queueFullDrops)
    {
        if (!plan.Store.HasSmallQueues && queueFullDrops > 0)
        {
            throw new ViolationException($"{queueFullDrops} messages were dropped from queues that were not full");
        }
    }

    // Each loss is counted, in a run in which the counters live as long as the sessions.
    private void CheckDropsCounted(long queueFullDrops)
    {
        if (!plan.Store.IsDurable && !EndsOverflowing && queueFullDrops < _dropped.Count)
        {
            throw new ViolationException($"{_dropped.Count} messages were lost in full queues, and {queueFullDrops} are counted");
        }
    }
}
