using Godwit.Engine;
using Godwit.Protocol;

namespace Godwit.Simulation;

/// <content>What can be said when everything has settled.</content>
internal sealed partial class Model
{
    // The longest that the broker is down, and a moment.
    private const long WatcherAwayMax = 30_000;

    /// <summary>Throws when the broker did what it must not, or did not what it must.</summary>
    /// <param name="retained">What a new subscriber to everything was sent as retained: payload by topic.</param>
    /// <param name="queueFullDrops">Messages that the broker says it has dropped since a queue was full.</param>
    public void Check(IReadOnlyDictionary<string, string> retained, long queueFullDrops)
    {
        CheckDrops(queueFullDrops);
        var byPair = _deliveries.ToLookup(each => (each.Message, each.Session));
        foreach (var session in _sessions)
        {
            foreach (var message in _messages.Where(each => each.SentAt != Never && !each.IsEmpty))
            {
                CheckPair(message, session, [.. byPair[(message, session)]]);
            }

            CheckOrder(session);
        }

        CheckDropsCounted(queueFullDrops);
        CheckGroups();
        CheckRetained(retained);
        CheckWills();
    }

    private static bool Matches(ModelSubscription subscription, SentMessage message) =>
        TopicFilter.Matches(System.Text.Encoding.UTF8.GetBytes(subscription.Inner), System.Text.Encoding.UTF8.GetBytes(message.Topic));

    // Was made before the message was sent, and is there still.
    private static bool CoversForSure(ModelSubscription subscription, SentMessage message) =>
        subscription.AckedAt < message.SentAt && subscription.EndsAt == Never && subscription.Session.MayEndAt == Never;

    // Was there from before the message was sent until it was acknowledged; a SUBSCRIBE that came later loses nothing of what
    // is queued [MQTT-3.8.4-4], an UNSUBSCRIBE may.
    private static bool CoveredForSure(ModelSubscription subscription, SentMessage message) =>
        subscription.AckedAt < message.SentAt && subscription.EndsAt > message.AckedAt && subscription.Session.MayEndAt == Never
        && !subscription.Session.Subscriptions.Any(each => each.Filter == subscription.Filter && each.IsUnsubscribing);

    // May have been there while the message could be routed.
    private static bool MayCover(ModelSubscription subscription, SentMessage message) =>
        subscription.EndedAt > message.SentAt && subscription.SentAt < message.AckedAt;

    // What a group has queued goes to whoever joins it later.
    private bool MayGroupHold(string group, SentMessage message) =>
        _sessions.Any(session => session.Subscriptions.Any(each => each.Group == group && MayCover(each, message)));

    // A clock that is set back makes everything younger, never older.
    private bool MayHaveExpired(SentMessage message) => message.Expiry > 0 && message.SentTime + (message.Expiry * 1000L) <= agenda.Now;

    private bool MayBeTooOld(SentMessage message, uint seconds) => seconds != EngineOptions.Unlimited && message.SentTime + (seconds * 1000L) <= agenda.Now;

    private void CheckPair(SentMessage message, ModelSession session, ModelDelivery[] deliveries)
    {
        var matching = session.Subscriptions.Where(each => Matches(each, message)).ToArray();
        var own = matching.Where(each => each.Group is null).ToArray();
        if (deliveries.Length > 0)
        {
            bool isAllowed = matching.Any(each => MayCover(each, message) || (each.Group is not null && MayGroupHold(each.Group, message))) || (message.Retain && own.Any(each => each.RetainHandling != 2));
            if (!isAllowed)
            {
                throw new ViolationException($"{session} got {message} without a subscription: {Describe(matching)}");
            }

            int highest = matching.Max(each => Math.Min(each.QoS, message.QoS));
            if (deliveries.Any(each => each.QoS > highest))
            {
                throw new ViolationException($"{session} got {message} at a QoS above {highest}");
            }

            if (message.IsRefused && !_resent.Contains(message))
            {
                throw new ViolationException($"{session} got {message}, which was refused");
            }
        }

        var covering = own.Where(each => CoversForSure(each, message) && !(each.NoLocal && message.Publisher == session.Client)).ToArray();
        int qos = covering.Length == 0 ? -1 : covering.Max(each => Math.Min(each.QoS, message.QoS));
        bool mayExpire = MayHaveExpired(message) || MayBeTooOld(message, plan.Options.QueuedAgeSecondsMax);
        if (qos > 0 && deliveries.Length == 0 && !mayExpire && message.AckedAt != Never && !WasDroppedByPolicy(session, message))
        {
            throw new ViolationException($"{session} did not get {message}, which was acknowledged, at QoS {qos}: {Describe(matching)}");
        }

        var covered = own.Where(each => CoveredForSure(each, message) && each.QoS > 0 && message.QoS > 0 && !(each.NoLocal && message.Publisher == session.Client)).ToArray();
        if (covered.Length > 0 && deliveries.Length == 0 && !mayExpire && message.AckedAt != Never && !WasDroppedByPolicy(session, message))
        {
            throw new ViolationException($"{session} did not get {message}, which was acknowledged before it subscribed anew: {Describe(matching)}");
        }

        if (qos == 0 && deliveries.Length == 0 && !mayExpire && message.AckedAt != Never && session.Connections == 1 && !session.WasStalled
            && matching.All(each => each.EndsAt == Never) // an UNSUBSCRIBE drops what waited at the higher QoS of an overlapping filter
            && !WasDroppedByPolicy(session, message))
        {
            throw new ViolationException($"{session}, connected all the time, did not get {message} at QoS 0: {Describe(matching)}");
        }

        CheckCopies(message, session, deliveries, own, matching.Length > own.Length);
    }

    private void CheckCopies(SentMessage message, ModelSession session, ModelDelivery[] deliveries, ModelSubscription[] own, bool hasGroup)
    {
        // What a replay brings is another copy, and a group is another way.
        if (message.Retain || hasGroup || own.Length == 0)
        {
            return;
        }

        bool isQoS2 = deliveries.All(each => each.QoS == 2);
        bool wasQuiet = session.Connections == 1 && PublisherWasQuiet(message);
        if (deliveries.Length > 1 && (isQoS2 || wasQuiet) && !LostItsSession(message))
        {
            throw new ViolationException($"{session} got {message} {deliveries.Length} times: {string.Join(", ", deliveries.Select(each => $"q{each.QoS} at {each.Time}"))}");
        }

        if (own.Any(each => each.NoLocal) && own.All(each => each.NoLocal) && message.Publisher == session.Client && deliveries.Length > 0)
        {
            throw new ViolationException($"{session} got its own {message} in spite of No Local");
        }

        if (deliveries.Where((each, place) => place > 0 && !each.Dup && !WasForgotten(deliveries[place - 1], each)).Any() && !_resent.Contains(message))
        {
            throw new ViolationException($"{session} got {message} again, and without DUP");
        }

        foreach (var delivery in deliveries)
        {
            if (!delivery.Dup && delivery.Retain)
            {
                throw new ViolationException($"{session} got {message} with RETAIN, which nobody had set");
            }
        }
    }

    // A crash came before it was written down that the message had been sent. At QoS 2 it is written down first.
    private bool WasForgotten(ModelDelivery first, ModelDelivery again) =>
        first.QoS < 2 && _crashes.Exists(each => each.At > first.At && each.At < again.At && each.DurableUpTo < first.Time);

    private bool PublisherWasQuiet(SentMessage message) => message.AckedAt != Never && !_resent.Contains(message);

    // Its publisher sent it again although its session at the broker was gone: to the broker a new message.
    private bool LostItsSession(SentMessage message) => _sessions.Count(each => each.Client == message.Publisher) > 1 && _resent.Contains(message);

    private void CheckOrder(ModelSession session)
    {
        var seen = new HashSet<SentMessage>();
        var last = new Dictionary<(int Publisher, string Topic, int QoS), (int Number, long At)>();
        foreach (var delivery in _deliveries.Where(each => ReferenceEquals(each.Session, session)))
        {
            var message = delivery.Message;
            // One that was sent again may have been without this subscription the first time, and comes now.
            if (!seen.Add(message) || message.Retain || _resent.Contains(message) || session.Subscriptions.Any(each => each.Group is not null && Matches(each, message)))
            {
                continue;
            }

            // Ordered among messages of one QoS on one topic; QoS 0 and the others go different ways.
            var key = (message.Publisher, message.Topic, message.QoS * 10 + delivery.QoS);
            if (last.TryGetValue(key, out var before) && before.Number > message.Number && !CameBack(before.At, delivery.At))
            {
                throw new ViolationException($"{session} got m{before.Number} before {message}: out of order");
            }

            last[key] = (message.Number, delivery.At);
        }
    }

    private void CheckGroups()
    {
        var groups = _sessions.SelectMany(session => session.Subscriptions).Where(each => each.Group is not null).ToLookup(each => each.Group!);
        foreach (var group in groups)
        {
            var sessions = _sessions.Where(session => session.Subscriptions.Any(each => each.Group == group.Key)).ToArray();
            bool isStable = sessions.All(each => each.MayEndAt == Never) && group.All(each => each.EndsAt == Never);
            bool wasQuiet = isStable && sessions.All(each => each.Connections == 1);
            foreach (var message in _messages.Where(each => each.SentAt != Never && !each.IsEmpty && !MayHaveExpired(each) && !MayBeTooOld(each, plan.Options.SharedGroupQueuedAgeSecondsMax) && each.AckedAt != Never && Matches(group.First(), each)))
            {
                var members = group.Where(each => CoversForSure(each, message)).ToArray();
                if (members.Length == 0 || message.QoS == 0)
                {
                    continue;
                }

                // Sessions with subscriptions of their own to the topic get it by those, too.
                if (sessions.Any(session => session.Subscriptions.Any(each => each.Group != group.Key && Matches(each, message))))
                {
                    continue;
                }

                int copies = _deliveries.Count(each => ReferenceEquals(each.Message, message) && sessions.Contains(each.Session));
                // What was sent at QoS 2 to a member whose session then ends, ends with it [MQTT-4.8.2-5].
                if (copies == 0 && group.All(each => each.QoS > 0) && (message.QoS < 2 || isStable) && !sessions.Any(MayHaveEndedByOverflow))
                {
                    throw new ViolationException($"no member of {group.Key} got {message}");
                }

                if (message.QoS == 2 && copies > 1 && !LostItsSession(message) && _deliveries.Where(each => ReferenceEquals(each.Message, message) && sessions.Contains(each.Session)).All(each => each.QoS == 2))
                {
                    throw new ViolationException($"{group.Key} got {message} {copies} times at QoS 2");
                }

                if (copies > 1 && wasQuiet && PublisherWasQuiet(message))
                {
                    throw new ViolationException($"{group.Key} got {message} {copies} times");
                }
            }
        }
    }

    private void CheckRetained(IReadOnlyDictionary<string, string> retained)
    {
        foreach (var (topic, payload) in retained)
        {
            if (!_byPayload.TryGetValue(payload, out var message) || !message.Retain || message.Topic != topic)
            {
                throw new ViolationException($"'{payload}' is retained for {topic}, but was never to be");
            }
        }

        foreach (var writes in _messages.Where(each => each.Retain && each.SentAt != Never).GroupBy(each => each.Topic))
        {
            // The last write that arrived for sure, or any after it.
            var all = writes.Where(each => !each.IsRefused || _resent.Contains(each)).OrderBy(each => each.Number).ToList();
            int certain = all.FindLastIndex(each => each.AckedAt != Never);
            // What was sent again may have been written once more.
            var possible = all.Where((each, index) => index >= certain || _resent.Contains(each)).ToList();
            bool mayBeNone = certain < 0 || possible.Any(each => each.IsEmpty || each.Expiry > 0);
            bool isThere = retained.TryGetValue(writes.Key, out string? payload);
            if (isThere ? !possible.Exists(each => each.Payload == payload) && certain >= 0 : !mayBeNone)
            {
                throw new ViolationException($"retained for {writes.Key} is {payload ?? "nothing"}; possible: {string.Join(", ", possible)}");
            }
        }
    }

    private void CheckWills()
    {
        foreach (var will in _wills)
        {
            if (will.SeenAt.Where((seen, place) => place > 0 && !MayComeAgain(will, will.SeenAt[place - 1], seen)).Any())
            {
                throw new ViolationException($"will {will.Payload} of c{will.Client} was published {will.SeenAt.Count} times");
            }

            if (will.SeenAt.Count > 0 && will.SeenAt[0] < will.NotBefore)
            {
                throw new ViolationException($"will {will.Payload} of c{will.Client} was published at {will.SeenAt[0]}, before {(will.NotBefore == Never ? "anything had happened to its connection" : will.NotBefore)}");
            }

            // A crash may keep it in the watcher's queue for longer than that allows.
            bool mayBeTooOld = _crashes.Count > 0 && plan.Options.QueuedAgeSecondsMax < 60;
            if (will.NotAfter != Never && !(mayBeTooOld && will.SeenAt.Count == 0) && (will.SeenAt.Count == 0 ? !MayBeLost(will) : will.SeenAt[0] > will.NotAfter))
            {
                throw new ViolationException($"will {will.Payload} of c{will.Client} was due by {will.NotAfter} and came {(will.SeenAt.Count == 0 ? "not" : $"at {will.SeenAt[0]}")}");
            }
        }
    }

    // Below QoS 2, when the broker dies before it is written down that it was sent, or taken.
    private bool MayComeAgain(ModelWill will, long seen, long again) => will.QoS < 2 && _crashes.Exists(each => each.Time >= seen && each.Time <= again);

    // At QoS 0, on its way to a watcher that the broker has died on and that has not come back yet.
    private bool MayBeLost(ModelWill will) => will.QoS == 0 && _crashes.Exists(each => each.Time >= will.NotBefore - WatcherAwayMax && each.Time <= will.NotAfter);

    private static string Describe(ModelSubscription[] subscriptions) =>
        string.Join("; ", subscriptions.Select(each => $"{each.Filter} q{each.QoS}{(each.EndsAt == Never ? "" : " (ended)")}"));
}
