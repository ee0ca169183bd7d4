using Godwit.Engine.Connections;
using Godwit.Engine.Messages;
using Godwit.Protocol;

namespace Godwit.Engine.Access;

/// <summary>
/// Asks the access policy about packets of clients. While an answer is due the packet stays at the front of the connection's
/// input and nothing behind it is read; with the answer at hand it is read again, so that order and state are those of a
/// packet that came only now.
/// </summary>
internal sealed class PacketGate(Shard shard)
{
    public bool Asks(Connection connection, AccessScope scope) =>
        (shard.Core.Ports.Access.Scope & scope) != 0 && !connection.Listener.Trusted;

    public AccessDecision DecideConnect(Connection connection, scoped in ConnectPacket packet, ReadOnlySpan<byte> clientIdentifier)
    {
        if (!Asks(connection, AccessScope.Connect))
        {
            return AccessDecision.Allowed;
        }

        // Not taken: the connection may still have to move to another loop with it.
        if (connection.PacketQuestion?.PeekAnswer() is { } answer)
        {
            return answer;
        }

        var request = new ConnectRequest
        {
            ClientIdentifier = clientIdentifier,
            Packet = packet,
            RemoteAddress = connection.RemoteAddress,
            Listener = connection.Listener,
        };
        var question = Open(connection);
        return Settle(question, shard.Core.Ports.Access.DecideConnect(question, in request));
    }

    public AccessDecision DecidePublish(Connection connection, scoped in Publication publication, uint? expiryInterval)
    {
        if (!Asks(connection, AccessScope.Publish))
        {
            return AccessDecision.Allowed;
        }

        if (connection.PacketQuestion?.TakeAnswer() is { } answer)
        {
            return answer;
        }

        var message = new MessageView
        {
            Topic = publication.Topic,
            Properties = publication.Properties,
            Payload = publication.Payload,
            QoS = publication.QoS,
            Retain = publication.Retain,
            MessageExpiryInterval = expiryInterval,
            Publisher = publication.Publisher,
        };
        var question = Open(connection);
        return Settle(question, shard.Core.Ports.Access.DecidePublish(question, in message));
    }

    public AccessDecision DecideSubscribe(Connection connection, scoped in SubscribePacket packet)
    {
        if (!Asks(connection, AccessScope.Subscribe))
        {
            return AccessDecision.Allowed;
        }

        if (connection.PacketQuestion?.TakeAnswer() is { } answer)
        {
            return answer;
        }

        var question = Open(connection);
        return Settle(question, shard.Core.Ports.Access.DecideSubscribe(question, in packet));
    }

    /// <summary>The answer has come: the input goes on where it stopped.</summary>
    public void HandleAnswer(Connection connection, AccessQuestion question, AccessDecision decision, long now)
    {
        question.Answer(decision);
        connection.AwaitsDecision = false;
        if (!connection.IsOpen)
        {
            return;
        }

        shard.Connections.Release(connection, now);
    }

    private static AccessQuestion Open(Connection connection)
    {
        var question = connection.PacketQuestion ??= new AccessQuestion(connection, AccessQuestionKind.Packet);
        question.Ask();
        return question;
    }

    private AccessDecision Settle(AccessQuestion question, AccessDecision decision)
    {
        if (ReferenceEquals(decision, AccessDecision.Later))
        {
            question.Connection.AwaitsDecision = true;
            shard.Connections.Pause(question.Connection);
        }
        else
        {
            question.Close();
        }

        return decision;
    }
}
