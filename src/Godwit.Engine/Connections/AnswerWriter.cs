using System.Buffers.Binary;
using Godwit.Protocol;

namespace Godwit.Engine.Connections;

/// <summary>Writes the answers of the broker: acknowledgements in their short form, and packets that were encoded before.</summary>
internal sealed class AnswerWriter(Shard shard)
{
    public void Write(Connection connection, in PendingAcknowledgement answer)
    {
        if (!connection.IsOpen)
        {
            return;
        }

        if (answer.Encoded is { } encoded)
        {
            encoded.CopyTo(connection.Output.Reserve(encoded.Length, shard.Buffers));
            connection.Output.Commit(encoded.Length);
            shard.CallAttention(connection);
            return;
        }

        WriteShort(connection, answer.Type, answer.PacketIdentifier, answer.Reason);

        // The exchange is over for the sender's quota (§4.9).
        if (answer.Type == PacketType.PubAck
            || (answer.Type == PacketType.PubComp && answer.Reason == ReasonCode.Success)
            || (answer.Type == PacketType.PubRec && answer.Reason.IsFailure()))
        {
            connection.ReceiveQuotaUsed = Math.Max(0, connection.ReceiveQuotaUsed - 1);
        }
    }

    /// <summary>What has to happen when an answer left that had waited for the store.</summary>
    public void HandleReleased(Connection connection, in PendingAcknowledgement answer, long now)
    {
        if (answer.Type == PacketType.ConnAck)
        {
            shard.Connects.HandleAccepted(connection, now);
        }
    }

    public void WritePingResponse(Connection connection)
    {
        var destination = connection.Output.Reserve(2, shard.Buffers);
        destination[0] = (byte)PacketType.PingResp << 4;
        destination[1] = 0;
        connection.Output.Commit(2);
        shard.CallAttention(connection);
    }

    private void WriteShort(Connection connection, PacketType type, ushort packetIdentifier, ReasonCode reason)
    {
        // 5.0 leaves the reason code out when it is Success (§3.4.2.1); earlier versions have none. No Reason String and no
        // User Property is ever sent here, so [MQTT-3.1.2-29] and the Maximum Packet Size rules hold by construction.
        bool hasReason = connection.Version == ProtocolVersion.Mqtt5 && reason != ReasonCode.Success;
        int length = hasReason ? 5 : 4;
        var destination = connection.Output.Reserve(length, shard.Buffers);
        byte flags = type == PacketType.PubRel ? (byte)0b0010 : (byte)0;
        destination[0] = (byte)(((int)type << 4) | flags);
        destination[1] = (byte)(length - 2);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], packetIdentifier);
        if (hasReason)
        {
            destination[4] = (byte)reason;
        }

        connection.Output.Commit(length);
        shard.CallAttention(connection);
    }
}
