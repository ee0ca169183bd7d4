using System.Text;
using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>
/// Publications from client to server. A publication of QoS 1 or 2 gets its packet identifier when it is sent for the first
/// time and keeps a copy of its packet until it is settled, so that a resumed session can send it again. What may not be sent
/// yet waits in one of two queues: for send quota (QoS 1 and 2), or for room in the output (QoS 0).
/// </summary>
internal sealed partial class ClientSession
{
    /// <summary>Bytes of output at which publications begin to wait, so that they are not faster than the transport.</summary>
    internal const int OutputLengthMax = 256 * 1024;

    private readonly PublishQueue _waitingForQuota = new();
    private readonly PublishQueue _waitingForRoom = new();
    private OutgoingAliases _aliases = new(0, 0);
    private byte[] _scratch = new byte[256];
    private OutboundPublish? _resendNext;
    private int _sendMaximum;
    private int _exactlyOnceMaximum;
    private int _inFlight;
    private int _exactlyOnceInFlight;

    /// <summary>Sends a publication, or lets it wait for its turn.</summary>
    /// <param name="command">The publication; the session's until it is done, rejected, cancelled or reported.</param>
    /// <param name="reason">Why it is rejected.</param>
    /// <param name="message">The same in words.</param>
    public PublishStatus Publish(PublishCommand command, out ReasonCode reason, out string message)
    {
        if (FindRejection(command, out reason, out message))
        {
            return PublishStatus.Rejected;
        }

        var queue = command.QoS == QualityOfService.AtMostOnce ? _waitingForRoom : _waitingForQuota;
        if (queue.IsEmpty && CanSend(command.QoS))
        {
            if (!TrySend(command, out reason, out message))
            {
                return PublishStatus.Rejected;
            }

            return command.QoS == QualityOfService.AtMostOnce ? PublishStatus.Done : PublishStatus.Pending;
        }

        queue.Add(command);
        return PublishStatus.Pending;
    }

    /// <summary>Nobody waits for the publication any longer. If it was not sent it is gone; if it was, the exchange goes on alone.</summary>
    public static void CancelPublish(PublishCommand command)
    {
        command.Queue?.Remove(command);
        if (command.Exchange is { } exchange)
        {
            exchange.Command = null;
            command.Exchange = null;
        }
    }

    private bool HasFreePacketIdentifier => _state.Outbound.Count + _requests.Count < ushort.MaxValue;

    private bool CanSend(QualityOfService qos) =>
        _output.Length < OutputLengthMax
        && (qos == QualityOfService.AtMostOnce
            || (_resendNext is null && HasQuota(qos) && HasFreePacketIdentifier)); // [MQTT-3.3.4-7] [MQTT-4.9.0-2]

    private bool HasQuota(QualityOfService qos) =>
        _inFlight < _sendMaximum && (qos != QualityOfService.ExactlyOnce || _exactlyOnceInFlight < _exactlyOnceMaximum);

    private void SendWaiting()
    {
        if (_phase != Phase.Connected)
        {
            return;
        }

        ResendPublications();
        SendFrom(_waitingForQuota);
        SendFrom(_waitingForRoom);
    }

    private void SendFrom(PublishQueue queue)
    {
        while (queue.First is { } command && CanSend(command.QoS))
        {
            queue.Remove(command);
            if (!TrySend(command, out var reason, out var message))
            {
                _sink.HandlePublishFailed(command, reason, message);
            }
            else if (command.QoS == QualityOfService.AtMostOnce)
            {
                _sink.HandlePublished(command, default);
            }
        }
    }

    private bool FindRejection(PublishCommand command, out ReasonCode reason, out string message)
    {
        if (command.QoS > Connection.MaximumQoS) // [MQTT-3.2.2-11]
        {
            reason = ReasonCode.QoSNotSupported;
            message = $"The server takes publications up to QoS {(int)Connection.MaximumQoS}, not {(int)command.QoS}.";
            return true;
        }

        if (command.Retain && !Connection.RetainAvailable) // [MQTT-3.2.2-14]
        {
            reason = ReasonCode.RetainNotSupported;
            message = "The server has no retained messages.";
            return true;
        }

        if (command.Message is { HasProperties: true } properties)
        {
            if (_version != ProtocolVersion.Mqtt5)
            {
                reason = ReasonCode.ProtocolError;
                message = "Message properties need protocol version 5.0.";
                return true;
            }

            if (properties.TopicAlias > _aliases.Maximum) // [MQTT-3.2.2-17] [MQTT-3.2.2-18] [MQTT-3.3.2-9]
            {
                reason = ReasonCode.TopicAliasInvalid;
                message = _aliases.Maximum == 0
                    ? "The server takes no topic aliases."
                    : $"The server takes topic aliases up to {_aliases.Maximum}, not {properties.TopicAlias}.";
                return true;
            }

            if (MessageProperties.FindFault(properties) is { } fault)
            {
                reason = ReasonCode.MalformedPacket;
                message = fault + ".";
                return true;
            }
        }

        reason = ReasonCode.Success;
        message = "";
        return false;
    }

    private bool TrySend(PublishCommand command, out ReasonCode reason, out string message)
    {
        if (!TryEncodeTopic(command.Topic, out var topicLength, out message))
        {
            reason = ReasonCode.TopicNameInvalid;
            return false;
        }

        // The alias is the last property, so that the block without it is a prefix of the block with it.
        var alias = _aliases.Choose(command.Topic, command.Message?.TopicAlias ?? 0, out var isAliasKnown);
        var propertiesLength = WriteProperties(command.Message, alias, topicLength, out var aliasLength);
        var properties = _scratch.AsSpan(topicLength, propertiesLength);
        var packet = new PublishPacket
        {
            QoS = command.QoS,
            Retain = command.Retain,
            Topic = _scratch.AsSpan(0, topicLength),
            Payload = command.Payload.Span,
            Properties = PublishProperties.ForEncoding(properties[..(propertiesLength - aliasLength)]),
        };
        var plainLength = packet.GetEncodedLength(_version);
        if (plainLength > GetPacketSizeMax()) // [MQTT-3.2.2-15]; without the alias, as it would be sent again
        {
            reason = ReasonCode.PacketTooLarge;
            message = $"The packet has {plainLength} bytes, the server takes {GetPacketSizeMax()}.";
            return false;
        }

        OutboundPublish? exchange = null;
        if (command.QoS != QualityOfService.AtMostOnce)
        {
            packet.PacketIdentifier = TakePacketIdentifier();
            exchange = _state.Outbound.Add(packet.PacketIdentifier, command.QoS, plainLength);
            packet.Encode(exchange.Packet, _version);
            exchange.Command = command;
            command.Exchange = exchange;
            PutOnWire(exchange);
        }

        if (alias != 0)
        {
            packet.Properties = PublishProperties.ForEncoding(properties);
            if (isAliasKnown)
            {
                packet.Topic = default;
            }

            if (packet.GetEncodedLength(_version) <= GetPacketSizeMax())
            {
                _output.Advance(packet.Encode(_output.GetSpan(packet.GetEncodedLength(_version)), _version));
                _aliases.Set(alias, command.Topic);
                reason = ReasonCode.Success;
                return true;
            }

            packet.Properties = PublishProperties.ForEncoding(properties[..(propertiesLength - aliasLength)]);
            packet.Topic = _scratch.AsSpan(0, topicLength);
        }

        if (exchange is null)
        {
            _output.Advance(packet.Encode(_output.GetSpan(plainLength), _version));
        }
        else
        {
            exchange.Packet.AsSpan(0, plainLength).CopyTo(_output.GetSpan(plainLength));
            _output.Advance(plainLength);
        }

        reason = ReasonCode.Success;
        return true;
    }

    private bool TryEncodeTopic(string topic, out int length, out string message)
    {
        var lengthMax = StrictUtf8.GetMaxByteCount(topic.Length);
        if (_scratch.Length < lengthMax)
        {
            _scratch = new byte[lengthMax];
        }

        message = "";
        try
        {
            length = StrictUtf8.GetBytes(topic, _scratch);
        }
        catch (EncoderFallbackException)
        {
            length = 0;
            message = "The topic name is not valid Unicode.";
            return false;
        }

        if (TopicName.IsValid(_scratch.AsSpan(0, length)))
        {
            return true;
        }

        message = length == 0 ? "The topic name is empty."
            : length > Utf8Rules.LengthMax ? "The topic name has more than 65,535 bytes."
            : $"The topic name '{topic}' has a wildcard (+ or #) or U+0000.";
        return false;
    }

    private int WriteProperties(MqttMessage? message, ushort alias, int offset, out int aliasLength)
    {
        aliasLength = alias == 0 ? 0 : 3;
        var length = aliasLength + (message is { HasProperties: true } ? MessageProperties.GetLength(message) : 0);
        if (length == 0)
        {
            return 0;
        }

        if (_scratch.Length < offset + length)
        {
            Array.Resize(ref _scratch, offset + length);
        }

        var writer = new PropertyWriter(_scratch.AsSpan(offset));
        if (message is not null)
        {
            MessageProperties.Write(ref writer, message);
        }

        if (alias != 0)
        {
            writer.WriteUInt16(PropertyIdentifier.TopicAlias, alias);
        }

        return length;
    }

    private long GetPacketSizeMax() => Math.Min(Connection.MaximumPacketSize ?? Frame.PacketSizeMax, Frame.PacketSizeMax);

    /// <summary>The next free packet identifier ([MQTT-2.2.1-3]). The callers see to it that one is free.</summary>
    private ushort TakePacketIdentifier()
    {
        var identifier = _state.LastPacketIdentifier;
        do
        {
            identifier = identifier == ushort.MaxValue ? (ushort)1 : (ushort)(identifier + 1);
        }
        while (_state.Outbound.Contains(identifier) || _requests.ContainsKey(identifier));

        _state.LastPacketIdentifier = identifier;
        return identifier;
    }

    private void HandlePubAck(scoped in PubAckPacket packet)
    {
        // An identifier that is not known settles nothing, and there is nothing to send for it.
        if (_state.Outbound.Find(packet.PacketIdentifier) is not { } exchange)
        {
            return;
        }

        if (exchange.QoS != QualityOfService.AtLeastOnce || !exchange.IsOnWire)
        {
            FailProtocol(Statement("MQTT-3.3.4-1", "MQTT-3.3.4-1"), "PUBACK fits no publication of QoS 1 on this connection");
            return;
        }

        Settle(exchange, packet.Reason, packet.HasReasonString, packet.ReasonString, packet.UserProperties); // [MQTT-4.3.2-3]
    }

    private void HandlePubRec(scoped in PubRecPacket packet)
    {
        var exchange = _state.Outbound.Find(packet.PacketIdentifier);
        if (exchange is null)
        {
            if (!packet.Reason.IsFailure())
            {
                WritePubRel(packet.PacketIdentifier, ReasonCode.PacketIdentifierNotFound);
            }

            return;
        }

        if (exchange.QoS != QualityOfService.ExactlyOnce || !exchange.IsOnWire)
        {
            FailProtocol(Statement("MQTT-3.3.4-1", "MQTT-3.3.4-1"), "PUBREC fits no publication of QoS 2 on this connection");
            return;
        }

        if (packet.Reason.IsFailure() && !exchange.IsReleased)
        {
            Settle(exchange, packet.Reason, packet.HasReasonString, packet.ReasonString, packet.UserProperties); // [MQTT-4.4.0-2]
            return;
        }

        if (!exchange.IsReleased)
        {
            _state.Outbound.Release(exchange); // [MQTT-4.3.3-3] [MQTT-4.3.3-6]
            if (exchange.Command is { } command && (packet.Reason != ReasonCode.Success || packet.HasReasonString || !packet.UserProperties.IsEmpty))
            {
                command.Received = new PublishResult(packet.Reason, ReadText(packet.HasReasonString, packet.ReasonString), UserPropertyList.Read(packet.UserProperties));
            }
        }

        WritePubRel(packet.PacketIdentifier, ReasonCode.Success); // [MQTT-4.3.3-4] [MQTT-4.6.0-4]
    }

    private void HandlePubComp(scoped in PubCompPacket packet)
    {
        if (_state.Outbound.Find(packet.PacketIdentifier) is not { } exchange)
        {
            return;
        }

        if (!exchange.IsReleased || !exchange.IsOnWire)
        {
            FailProtocol(Statement("MQTT-4.3.3-5", "MQTT-4.3.3-1"), "PUBCOMP for a publication that was not released");
            return;
        }

        // 0x92 says that the server has no such exchange any more: it was completed before ([MQTT-4.3.3-5]).
        var command = exchange.Command;
        RemoveExchange(exchange);
        if (command is not null)
        {
            command.Exchange = null;
            _sink.HandlePublished(command, command.Received);
        }

        SendWaiting();
    }

    private void Settle(OutboundPublish exchange, ReasonCode reason, bool hasReasonString, ReadOnlySpan<byte> reasonString, scoped UserProperties userProperties)
    {
        var command = exchange.Command;
        RemoveExchange(exchange);
        if (command is not null)
        {
            command.Exchange = null;
            var result = reason == ReasonCode.Success && !hasReasonString && userProperties.IsEmpty
                ? default
                : new PublishResult(reason, ReadText(hasReasonString, reasonString), UserPropertyList.Read(userProperties));
            _sink.HandlePublished(command, result);
        }

        SendWaiting();
    }

    private void RemoveExchange(OutboundPublish exchange)
    {
        if (exchange.IsOnWire)
        {
            _inFlight--;
            _exactlyOnceInFlight -= exchange.QoS == QualityOfService.ExactlyOnce ? 1 : 0;
        }

        _state.Outbound.Remove(exchange);
    }

    private void PutOnWire(OutboundPublish exchange)
    {
        exchange.IsOnWire = true;
        _inFlight++;
        _exactlyOnceInFlight += exchange.QoS == QualityOfService.ExactlyOnce ? 1 : 0;
    }

    private void WritePubRel(ushort packetIdentifier, ReasonCode reason)
    {
        var packet = new PubRelPacket { PacketIdentifier = packetIdentifier, Reason = reason };
        _output.Advance(packet.Encode(_output.GetSpan(packet.GetEncodedLength(_version)), _version));
    }

    /// <summary>
    /// After a resumption: all PUBRELs at once, since only PUBLISH is held back by the quota ([MQTT-3.3.4-8]), in the order of their PUBRECs
    /// ([MQTT-4.6.0-4]); then the PUBLISHes in their order ([MQTT-4.4.0-1], [MQTT-4.6.0-1]), as far as the server's Receive Maximum allows.
    /// </summary>
    private void BeginResending()
    {
        var exchange = _state.Outbound.First;
        while (exchange is not null)
        {
            var next = exchange.Next;
            if (exchange.IsReleased)
            {
                WritePubRel(exchange.PacketIdentifier, ReasonCode.Success);
                PutOnWire(exchange);
            }
            else if (exchange.PacketLength > GetPacketSizeMax() || exchange.QoS > Connection.MaximumQoS)
            {
                _state.Outbound.Remove(exchange); // this server would close the connection over it; its caller has been told of the loss
            }

            exchange = next;
        }

        _resendNext = _state.Outbound.First;
    }

    private void ResendPublications()
    {
        while (_resendNext is { } exchange)
        {
            if (!exchange.IsOnWire)
            {
                if (!HasQuota(exchange.QoS) || _output.Length >= OutputLengthMax)
                {
                    return;
                }

                var destination = _output.GetSpan(exchange.PacketLength);
                exchange.Packet.AsSpan(0, exchange.PacketLength).CopyTo(destination);
                destination[0] |= 0b1000; // DUP [MQTT-3.3.1-1]
                _output.Advance(exchange.PacketLength);
                PutOnWire(exchange);
            }

            _resendNext = exchange.Next;
        }
    }

    private void AbandonPublications(MqttDisconnection disconnection)
    {
        for (var exchange = _state.Outbound.First; exchange is not null; exchange = exchange.Next)
        {
            exchange.IsOnWire = false;
            if (exchange.Command is { } command)
            {
                exchange.Command = null;
                command.Exchange = null;
                _sink.HandlePublishFailed(command, disconnection.Reason, disconnection.Message);
            }
        }

        _inFlight = 0;
        _exactlyOnceInFlight = 0;
        _resendNext = null;
        Abandon(_waitingForQuota, disconnection);
        Abandon(_waitingForRoom, disconnection);
    }

    private void Abandon(PublishQueue queue, MqttDisconnection disconnection)
    {
        while (queue.First is { } command)
        {
            queue.Remove(command);
            _sink.HandlePublishFailed(command, disconnection.Reason, disconnection.Message);
        }
    }

    private static string? ReadText(bool isThere, ReadOnlySpan<byte> text) => isThere ? Encoding.UTF8.GetString(text) : null;
}
