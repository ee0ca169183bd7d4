using Godwit.Engine.Access;
using Godwit.Engine.Connections;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>
/// Asks the access policy before a message is sent. While an answer is due, what lies in journals, groups and retained
/// replays simply stays there; QoS 0, which lies nowhere, waits in a bounded line.
/// </summary>
internal sealed class ReceiveGate(Shard shard)
{
    private const int HeldMessagesMax = 1000;

    /// <summary>Asks about a message that stays where it is until it is sent: on <see cref="Permission.Later"/> its feeder stops and is woken.</summary>
    public Permission Ask(Connection connection, scoped ref Publication publication, QualityOfService qos, long now)
    {
        if (!shard.PacketGate.Asks(connection, AccessScope.Receive))
        {
            return Permission.Granted;
        }

        var question = connection.QueuedQuestion ??= new AccessQuestion(connection, AccessQuestionKind.Queued);
        if (question.IsOpen)
        {
            return Permission.Later;
        }

        if (question.TakeAnswer() is { } answer)
        {
            // Meanwhile the message may have expired or been replaced: its answer is not that of another one.
            bool isSame = question.Subject!.HasContentOf(in publication);
            question.ReleaseSubject(shard.Messages);
            if (isSame)
            {
                return Use(answer);
            }
        }

        return Ask(question, ref publication, qos, now);
    }

    /// <summary>Sends at QoS 0 now, later, or not.</summary>
    public void SendAtMostOnce(Connection connection, scoped ref Publication publication, bool retain, scoped ReadOnlySpan<uint> identifiers, long now)
    {
        if (!shard.PacketGate.Asks(connection, AccessScope.Receive))
        {
            Write(connection, in publication, retain, identifiers, now);
            return;
        }

        if (connection.Held is not { Count: > 0 })
        {
            var question = connection.LiveQuestion ??= new AccessQuestion(connection, AccessQuestionKind.Live);
            switch (Ask(question, ref publication, QualityOfService.AtMostOnce, now))
            {
                case Permission.Granted:
                    Write(connection, in publication, retain, identifiers, now);
                    return;
                case Permission.Refused:
                    return;
                default:
                    question.ReleaseSubject(shard.Messages); // the line holds it
                    break;
            }
        }

        Hold(connection, ref publication, retain, identifiers);
    }

    public void HandleAnswer(Connection connection, AccessQuestion question, AccessDecision decision, long now)
    {
        question.Answer(decision);
        if (question.Kind == AccessQuestionKind.Queued)
        {
            if (connection.Session is { } session && ReferenceEquals(session.Connection, connection))
            {
                shard.Feed.Queue(session);
            }

            return;
        }

        var permission = Use(question.TakeAnswer()!);
        while (connection.Held is { Count: > 0 } held)
        {
            if (permission == Permission.Later)
            {
                return;
            }

            var delivery = held.Dequeue();
            connection.HeldBytes -= delivery.Message.Size;
            if (permission == Permission.Granted)
            {
                Release(connection, in delivery, now);
            }

            delivery.Message.Release(shard.Messages);
            if (held.TryPeek(out var next))
            {
                var publication = next.Message.AsPublication();
                permission = Ask(question, ref publication, QualityOfService.AtMostOnce, now);
                question.ReleaseSubject(shard.Messages);
            }
        }
    }

    /// <summary>The connection is gone: nothing waits any more.</summary>
    public void Forget(Connection connection)
    {
        connection.QueuedQuestion?.ReleaseSubject(shard.Messages);
        while (connection.Held is { Count: > 0 } held)
        {
            held.Dequeue().Message.Release(shard.Messages);
        }
    }

    private void Release(Connection connection, in HeldDelivery delivery, long now)
    {
        var publication = delivery.Message.AsPublication();
        if (publication.IsExpired(now))
        {
            shard.Counters.CountDrop(DropReason.Expired);
        }
        else if (connection.Phase == ConnectionPhase.Connected)
        {
            Write(connection, in publication, delivery.Retain, delivery.Identifiers, now);
        }
    }

    private void Hold(Connection connection, scoped ref Publication publication, bool retain, scoped ReadOnlySpan<uint> identifiers)
    {
        var held = connection.Held ??= new Queue<HeldDelivery>();
        if (held.Count >= HeldMessagesMax || connection.HeldBytes + publication.Size > shard.Options.OutputBufferBytesMax)
        {
            // The first of the line is always taken: it is the one in question.
            if (held.Count > 0)
            {
                shard.Counters.CountDrop(DropReason.DecisionBacklog);
                return;
            }
        }

        var message = publication.Materialize(shard.Messages);
        message.AddReference();
        connection.HeldBytes += message.Size;
        held.Enqueue(new HeldDelivery(message, retain, identifiers.ToArray()));
    }

    private void Write(Connection connection, scoped in Publication publication, bool retain, scoped ReadOnlySpan<uint> identifiers, long now)
    {
        if (!shard.MakeRoom(connection))
        {
            shard.Counters.CountDrop(DropReason.SlowConsumer);
        }
        else if (!shard.Publishes.TryWrite(connection, in publication, new DeliveryHead(QualityOfService.AtMostOnce, 0, Dup: false, retain), identifiers, now))
        {
            shard.Counters.CountDrop(DropReason.TooLargeForClient);
        }
    }

    private Permission Ask(AccessQuestion question, scoped ref Publication publication, QualityOfService qos, long now)
    {
        var message = new MessageView
        {
            Topic = publication.Topic,
            Properties = publication.Properties,
            Payload = publication.Payload,
            QoS = qos,
            Retain = publication.Retain,
            MessageExpiryInterval = publication.SecondsLeft(now),
            Publisher = publication.Publisher,
        };
        question.Ask();
        var decision = shard.Core.Ports.Access.DecideReceive(question, in message);
        if (!ReferenceEquals(decision, AccessDecision.Later))
        {
            question.Close();
            return Use(decision);
        }

        question.Subject = publication.Materialize(shard.Messages);
        question.Subject.AddReference();
        return Permission.Later;
    }

    private Permission Use(AccessDecision decision)
    {
        if (!decision.Reason.IsFailure() && !ReferenceEquals(decision, AccessDecision.Discarded))
        {
            return Permission.Granted;
        }

        shard.Counters.CountDrop(decision.Reason == ReasonCode.NotAuthorized ? DropReason.NotAuthorized : DropReason.Intercepted);
        return Permission.Refused;
    }
}
