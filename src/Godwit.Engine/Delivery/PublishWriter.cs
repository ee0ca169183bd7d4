using System.Buffers.Binary;
using Godwit.Engine.Connections;
using Godwit.Engine.Messages;
using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>
/// Writes PUBLISH packets to clients: builds the head and the properties that are the delivery's own (expiry, alias,
/// subscription identifiers) and copies topic, shared properties and payload whole. The order of properties is free (§2.2.2).
/// </summary>
internal sealed class PublishWriter(Shard shard)
{
    private const byte MessageExpiryInterval = 0x02;
    private const byte SubscriptionIdentifier = 0x0B;
    private const byte TopicAlias = 0x23;

    /// <summary>False when the packet would exceed the client's Maximum Packet Size: nothing is written then ([MQTT-3.1.2-24]).</summary>
    public bool TryWrite(
        Connection connection,
        scoped in Publication publication,
        scoped in DeliveryHead head,
        scoped ReadOnlySpan<uint> identifiers,
        long now)
    {
        bool isV5 = connection.Version == ProtocolVersion.Mqtt5;
        var topic = publication.Topic;
        ushort alias = 0;
        bool defines = false;
        int ownLength = 0;
        if (isV5)
        {
            if (connection.OutboundAliases is { } aliases)
            {
                alias = aliases.Lookup(topic, publication.TopicHash, out bool known);
                defines = !known;
                topic = known ? default : topic;
                ownLength += 3;
            }

            ownLength += publication.ExpiresAt == long.MaxValue ? 0 : 5;
            foreach (uint identifier in identifiers)
            {
                ownLength += 1 + VariableByteInteger.GetLength(identifier);
            }
        }

        int propertiesLength = ownLength + publication.Properties.Length;
        int remaining = 2 + topic.Length + (head.QoS == QualityOfService.AtMostOnce ? 0 : 2) + publication.Payload.Length;
        if (isV5)
        {
            remaining += VariableByteInteger.GetLength((uint)propertiesLength) + propertiesLength;
        }

        int total = Frame.GetHeaderLength(remaining) + remaining;
        if (total > connection.ClientMaximumPacketSize)
        {
            return false;
        }

        shard.FlushEarly(connection, total);
        var destination = connection.Output.Reserve(total, shard.Buffers);
        byte flags = (byte)(((int)head.QoS << 1) | (head.Dup ? 0b1000 : 0) | (head.Retain ? 1 : 0));
        int at = Frame.WriteHeader(destination, PacketType.Publish, flags, remaining);
        BinaryPrimitives.WriteUInt16BigEndian(destination[at..], (ushort)topic.Length);
        at += 2;
        topic.CopyTo(destination[at..]);
        at += topic.Length;
        if (head.QoS != QualityOfService.AtMostOnce)
        {
            // QoS 0 has no Packet Identifier [MQTT-2.2.1-2].
            BinaryPrimitives.WriteUInt16BigEndian(destination[at..], head.PacketIdentifier);
            at += 2;
        }

        if (isV5)
        {
            at += VariableByteInteger.Write(destination[at..], (uint)propertiesLength);
            if (ownLength > 0)
            {
                at += WriteOwnProperties(destination[at..], publication.SecondsLeft(now), alias, identifiers);
            }

            publication.Properties.CopyTo(destination[at..]);
            at += publication.Properties.Length;
        }

        publication.Payload.CopyTo(destination[at..]);
        connection.Output.Commit(total);
        if (defines)
        {
            connection.OutboundAliases!.Define(alias, publication.Topic);
        }

        shard.Counters.PublishSent++;
        shard.CallAttention(connection);
        return true;
    }

    private static int WriteOwnProperties(Span<byte> destination, uint? secondsLeft, ushort alias, scoped ReadOnlySpan<uint> identifiers)
    {
        int at = 0;
        if (secondsLeft is { } seconds)
        {
            destination[at++] = MessageExpiryInterval;
            BinaryPrimitives.WriteUInt32BigEndian(destination[at..], seconds);
            at += 4;
        }

        if (alias != 0)
        {
            destination[at++] = TopicAlias;
            BinaryPrimitives.WriteUInt16BigEndian(destination[at..], alias);
            at += 2;
        }

        foreach (uint identifier in identifiers)
        {
            destination[at++] = SubscriptionIdentifier;
            at += VariableByteInteger.Write(destination[at..], identifier);
        }

        return at;
    }
}
