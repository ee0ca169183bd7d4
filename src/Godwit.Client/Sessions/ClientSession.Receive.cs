using System.Text;
using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>
/// Packets from the server, and messages in particular. A message of QoS 1 or 2 is a delivery with a number; it is
/// acknowledged when its readers have taken it, in the order of arrival over all subscriptions ([MQTT-4.6.0-2],
/// [MQTT-4.6.0-3]): so a slow reader fills the receive window, and the server stops sending. Nothing is dropped.
/// </summary>
internal sealed partial class ClientSession
{
    // What a client has to be able to send: an acknowledgement with a Reason Code has 5 bytes, a DISCONNECT with a Session Expiry Interval 9.
    private const int PacketSizeMin = 9;
    private const int DisconnectPacketSize = 3;

    private readonly TopicCache _topics = new();

    // Deliveries that are not acknowledged, in order of arrival: a ring whose first entry has the number _firstDelivery.
    private Delivery[] _deliveries = new Delivery[16];
    private int _deliveriesStart;
    private int _deliveriesCount;
    private long _firstDelivery = 1;

    // QoS 1 and 2 messages that use up the server's quota: up to PUBACK and up to PUBCOMP.
    private int _receiving;

    // QoS 2 identifiers from PUBLISH to PUBREC; from there on they are in the state.
    private readonly HashSet<ushort> _untaken = [];

    // Deliveries that repeat a QoS 2 message and wait for their turn to be answered by a further PUBREC.
    private int _repeats;
    private ReceivedTopic?[] _incomingAliases = [];

    /// <summary>Takes what has arrived.</summary>
    /// <param name="bytes">Received bytes, beginning with what an earlier call left over.</param>
    /// <param name="now">The time.</param>
    /// <returns>How many bytes are done with; the rest has to come again, with more behind it.</returns>
    public int Receive(ReadOnlySpan<byte> bytes, long now)
    {
        _lastReceived = now;
        ExpectedLength = 0;
        var consumed = 0;
        while (_phase != Phase.Closed)
        {
            var rest = bytes[consumed..];
            var status = Frame.TryRead(rest, _options.MaximumPacketSize, _version, DecodeLeniency.None, out var header, out var fault);
            if (status == FrameStatus.Incomplete)
            {
                ExpectedLength = header.HasHeader ? header.TotalLength : 0;
                return consumed;
            }

            if (status == FrameStatus.Invalid)
            {
                Fail(fault);
                break;
            }

            consumed += header.TotalLength;
            HandlePacket(header, rest.Slice(header.HeaderLength, header.RemainingLength));
        }

        return bytes.Length;
    }

    /// <summary>A reader takes a message of QoS 1 or 2. When it was the last one, the message is acknowledged, in its turn.</summary>
    /// <param name="delivery">The number of the delivery.</param>
    /// <returns>False if the message must not be taken any more: the connection is gone, and another one will get it again.</returns>
    public bool TryTake(long delivery)
    {
        var offset = delivery - _firstDelivery;
        if (offset < 0 || offset >= _deliveriesCount)
        {
            return true; // a further reader of a message that was acknowledged after a late take
        }

        ref var entry = ref _deliveries[(_deliveriesStart + (int)offset) & (_deliveries.Length - 1)];
        if (_phase == Phase.Closed)
        {
            return _state.TryTakeLate(this, entry.PacketIdentifier, entry.QoS);
        }

        entry.Readers--;
        AcknowledgeTaken();
        return true;
    }

    private void HandlePacket(in FrameHeader header, ReadOnlySpan<byte> body)
    {
        if (_phase == Phase.Connecting != (header.Type == PacketType.ConnAck))
        {
            FailProtocol(
                header.Type == PacketType.ConnAck ? Statement("MQTT-3.2.0-2", "MQTT-4.8.0-1") : "MQTT-3.2.0-1",
                header.Type == PacketType.ConnAck ? "a second CONNACK" : "a packet before CONNACK");
            return;
        }

        ProtocolFault fault;
        switch (header.Type)
        {
            case PacketType.Publish:
                if (PublishPacket.TryDecode(body, header.Flags, _version, PacketSender.Server, DecodeLeniency.None, out var publish, out fault))
                {
                    HandlePublish(publish);
                }

                break;
            case PacketType.PubAck:
                if (PubAckPacket.TryDecode(body, _version, DecodeLeniency.None, out var pubAck, out fault) && MayCarry(pubAck.HasReasonString, pubAck.UserProperties))
                {
                    HandlePubAck(pubAck);
                }

                break;
            case PacketType.PubRec:
                if (PubRecPacket.TryDecode(body, _version, DecodeLeniency.None, out var pubRec, out fault) && MayCarry(pubRec.HasReasonString, pubRec.UserProperties))
                {
                    HandlePubRec(pubRec);
                }

                break;
            case PacketType.PubRel:
                if (PubRelPacket.TryDecode(body, _version, DecodeLeniency.None, out var pubRel, out fault) && MayCarry(pubRel.HasReasonString, pubRel.UserProperties))
                {
                    HandlePubRel(pubRel.PacketIdentifier);
                }

                break;
            case PacketType.PubComp:
                if (PubCompPacket.TryDecode(body, _version, DecodeLeniency.None, out var pubComp, out fault) && MayCarry(pubComp.HasReasonString, pubComp.UserProperties))
                {
                    HandlePubComp(pubComp);
                }

                break;
            case PacketType.SubAck:
                if (SubAckPacket.TryDecode(body, _version, DecodeLeniency.None, out var subAck, out fault) && MayCarry(subAck.HasReasonString, subAck.UserProperties))
                {
                    HandleSubAck(subAck);
                }

                break;
            case PacketType.UnsubAck:
                if (UnsubAckPacket.TryDecode(body, _version, DecodeLeniency.None, out var unsubAck, out fault) && MayCarry(unsubAck.HasReasonString, unsubAck.UserProperties))
                {
                    HandleUnsubAck(unsubAck);
                }

                break;
            case PacketType.PingResp:
                if (PingRespPacket.TryDecode(body, _version, out fault))
                {
                    _isPingUnanswered = false;
                }

                break;
            case PacketType.ConnAck:
                if (ConnAckPacket.TryDecode(body, _version, DecodeLeniency.None, out var connAck, out fault))
                {
                    HandleConnAck(connAck);
                }

                break;
            case PacketType.Disconnect when _version == ProtocolVersion.Mqtt5:
                if (DisconnectPacket.TryDecode(body, _version, PacketSender.Server, DecodeLeniency.None, out var disconnect, out fault))
                {
                    HandleDisconnect(disconnect);
                }

                break;
            default:
                FailProtocol(
                    header.Type == PacketType.Auth ? "MQTT-4.12.0-6" : Statement("MQTT-4.13.1-1", "MQTT-4.8.0-1"),
                    $"a server may not send {header.Type.ToString().ToUpperInvariant()} here");
                return;
        }

        if (!fault.IsNone)
        {
            Fail(fault);
        }
    }

    private void HandleConnAck(scoped in ConnAckPacket packet)
    {
        var clientId = packet.HasAssignedClientIdentifier ? Encoding.UTF8.GetString(packet.AssignedClientIdentifier) : _state.ClientId;
        var result = new ConnectResult
        {
            Reason = packet.Reason,
            SessionPresent = packet.SessionPresent,
            ClientId = clientId,
            IsClientIdAssigned = packet.HasAssignedClientIdentifier,
            SessionExpiryInterval = packet.SessionExpiryInterval ?? _options.SessionExpiryInterval,
            ReceiveMaximum = packet.ReceiveMaximum ?? ushort.MaxValue,
            MaximumQoS = packet.MaximumQoS ?? QualityOfService.ExactlyOnce,
            RetainAvailable = packet.RetainAvailable ?? true,
            MaximumPacketSize = packet.MaximumPacketSize,
            TopicAliasMaximum = packet.TopicAliasMaximum ?? 0,
            WildcardSubscriptionAvailable = packet.WildcardSubscriptionAvailable ?? true,
            SubscriptionIdentifierAvailable = _version == ProtocolVersion.Mqtt5 && (packet.SubscriptionIdentifierAvailable ?? true),
            SharedSubscriptionAvailable = packet.SharedSubscriptionAvailable ?? true,
            KeepAlive = packet.ServerKeepAlive ?? _options.KeepAlive, // [MQTT-3.1.2-21] [MQTT-3.2.2-21]
            ReasonString = ReadText(packet.HasReasonString, packet.ReasonString),
            ResponseInformation = ReadText(packet.HasResponseInformation, packet.ResponseInformation),
            ServerReference = ReadText(packet.HasServerReference, packet.ServerReference),
            UserProperties = UserPropertyList.Read(packet.UserProperties),
        };
        if (packet.Reason != ReasonCode.Success)
        {
            var message = MqttException.InWords("The server refused the connection", packet.Reason, result.ReasonString);
            Close(new MqttDisconnection(MqttDisconnectionCause.ByServer, packet.Reason, message) { ReasonString = result.ReasonString }, result);
            return;
        }

        if (packet.SessionPresent && (_options.CleanStart || _state.ClientId.Length == 0)) // [MQTT-3.2.2-4]
        {
            FailProtocol(
                Statement("MQTT-3.2.2-4", "MQTT-3.2.2-1"),
                _options.CleanStart ? "Session Present after a clean start" : "Session Present for a client without an identifier");
            return;
        }

        if (packet.HasAuthenticationMethod || packet.HasAuthenticationData)
        {
            FailProtocol("MQTT-4.12.0-6", "an Authentication Method or Authentication Data that answers none in CONNECT");
            return;
        }

        if (packet.MaximumPacketSize < PacketSizeMin) // [MQTT-3.2.2-15]
        {
            if (packet.MaximumPacketSize >= DisconnectPacketSize)
            {
                WriteDisconnect(new MqttDisconnectOptions { Reason = ReasonCode.PacketTooLarge });
            }

            var message = $"The server takes packets of {packet.MaximumPacketSize} bytes at most, too few for a client that acknowledges and disconnects.";
            Close(new MqttDisconnection(MqttDisconnectionCause.ProtocolFault, ReasonCode.PacketTooLarge, message));
            return;
        }

        _phase = Phase.Connected;
        Connection = result;
        _keepAliveMilliseconds = result.KeepAlive * 1000L;
        _state.ClientId = clientId;
        _aliases = new OutgoingAliases(result.TopicAliasMaximum, _options.OutgoingTopicAliasMaximum);
        _incomingAliases = _version == ProtocolVersion.Mqtt5 ? new ReceivedTopic?[_options.TopicAliasMaximum + 1] : [];
        _sendMaximum = Math.Min(result.ReceiveMaximum, _options.SendMaximum); // [MQTT-4.9.0-1]
        _exactlyOnceMaximum = _version == ProtocolVersion.Mqtt5 ? _sendMaximum : Math.Min(_sendMaximum, _options.SendMaximumExactlyOnce);
        if (!packet.SessionPresent)
        {
            if (_version != ProtocolVersion.Mqtt31 || _options.CleanStart)
            {
                _state.Clear(); // [MQTT-3.2.2-5]
            }
        }

        BeginResending();
        _sink.HandleConnected(result);
        SendWaiting();
    }

    private void HandleDisconnect(scoped in DisconnectPacket packet)
    {
        var reasonString = ReadText(packet.HasReasonString, packet.ReasonString);
        var message = MqttException.InWords("The server has disconnected the client", packet.Reason, reasonString);
        Close(new MqttDisconnection(MqttDisconnectionCause.ByServer, packet.Reason, message)
        {
            ReasonString = reasonString,
            ServerReference = ReadText(packet.HasServerReference, packet.ServerReference),
            UserProperties = UserPropertyList.Read(packet.UserProperties),
        });
    }

    private void HandlePublish(scoped in PublishPacket packet)
    {
        if (!TryResolveTopic(packet, out var topic))
        {
            return;
        }

        if (packet.QoS == QualityOfService.AtMostOnce)
        {
            _sink.HandleMessage(packet, topic, 0);
            return;
        }

        var isRepeated = packet.QoS == QualityOfService.ExactlyOnce && (_state.Received.Contains(packet.PacketIdentifier) || !_untaken.Add(packet.PacketIdentifier));
        if (!isRepeated)
        {
            if (_options.EnforceReceiveMaximum && _version == ProtocolVersion.Mqtt5 && _receiving >= _options.ReceiveMaximum) // [MQTT-3.3.4-9]
            {
                Fail(new ProtocolFault(ReasonCode.ReceiveMaximumExceeded, "MQTT-3.3.4-9", "more unacknowledged messages than the Receive Maximum of the client"));
                return;
            }

            _receiving++;
        }

        var delivery = AddDelivery(packet, isRepeated);
        var readers = isRepeated ? 0 : _sink.HandleMessage(packet, topic, delivery); // [MQTT-4.3.3-10]
        _deliveries[(_deliveriesStart + _deliveriesCount - 1) & (_deliveries.Length - 1)].Readers = readers;
        if (readers == 0)
        {
            AcknowledgeTaken(); // [MQTT-4.5.0-2]
        }
    }

    private bool TryResolveTopic(scoped in PublishPacket packet, out ReceivedTopic topic)
    {
        var alias = packet.Properties.TopicAlias;
        if (alias == 0)
        {
            topic = _topics.Get(packet.Topic);
            return true;
        }

        topic = null!;
        if (alias >= _incomingAliases.Length)
        {
            Fail(new ProtocolFault(ReasonCode.TopicAliasInvalid, "MQTT-3.3.2-11", "a Topic Alias above the Topic Alias Maximum of the client"));
            return false;
        }

        ref var known = ref _incomingAliases[alias]; // [MQTT-3.3.2-10]
        if (!packet.Topic.IsEmpty)
        {
            known = _topics.Get(packet.Topic);
        }
        else if (known is null)
        {
            Fail(new ProtocolFault(ReasonCode.ProtocolError, "MQTT-3.3.2-7", "a Topic Alias that was not defined on this connection"));
            return false;
        }

        topic = known;
        return true;
    }

    private long AddDelivery(scoped in PublishPacket packet, bool isRepeat)
    {
        if (_deliveriesCount == _deliveries.Length)
        {
            var larger = new Delivery[2 * _deliveries.Length];
            for (var offset = 0; offset < _deliveriesCount; offset++)
            {
                larger[offset] = _deliveries[(_deliveriesStart + offset) & (_deliveries.Length - 1)];
            }

            _deliveries = larger;
            _deliveriesStart = 0;
        }

        // The readers are not known yet: the entry must not look taken while the sink is called.
        _deliveries[(_deliveriesStart + _deliveriesCount) & (_deliveries.Length - 1)] = new Delivery(packet.PacketIdentifier, packet.QoS, isRepeat) { Readers = int.MaxValue };
        _repeats += isRepeat ? 1 : 0;
        return _firstDelivery + _deliveriesCount++;
    }

    /// <summary>Acknowledges from the front as far as everything is taken.</summary>
    private void AcknowledgeTaken()
    {
        while (_deliveriesCount > 0 && _deliveries[_deliveriesStart].Readers <= 0)
        {
            var entry = _deliveries[_deliveriesStart];
            _deliveriesStart = (_deliveriesStart + 1) & (_deliveries.Length - 1);
            _deliveriesCount--;
            _firstDelivery++;
            _repeats -= entry.IsRepeat ? 1 : 0;
            if (entry.IsVoid)
            {
                continue;
            }

            if (entry.QoS == QualityOfService.AtLeastOnce)
            {
                _receiving--;
                var packet = new PubAckPacket { PacketIdentifier = entry.PacketIdentifier };
                _output.Advance(packet.Encode(_output.GetSpan(packet.GetEncodedLength(_version)), _version)); // [MQTT-4.3.2-4]
            }
            else
            {
                _untaken.Remove(entry.PacketIdentifier);
                _state.Received.Add(entry.PacketIdentifier);
                var packet = new PubRecPacket { PacketIdentifier = entry.PacketIdentifier };
                _output.Advance(packet.Encode(_output.GetSpan(packet.GetEncodedLength(_version)), _version)); // [MQTT-4.3.3-8]
            }
        }
    }

    private void HandlePubRel(ushort packetIdentifier)
    {
        if (_untaken.Contains(packetIdentifier))
        {
            FailProtocol(Statement("MQTT-4.3.3-4", "MQTT-4.3.3-1"), "PUBREL before PUBREC");
            return;
        }

        if (_repeats > 0)
        {
            VoidRepeats(packetIdentifier);
        }

        var isKnown = _state.Received.Remove(packetIdentifier);
        if (isKnown && _receiving > 0)
        {
            _receiving--;
        }

        var packet = new PubCompPacket
        {
            PacketIdentifier = packetIdentifier,
            Reason = isKnown || _version != ProtocolVersion.Mqtt5 ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound,
        };
        _output.Advance(packet.Encode(_output.GetSpan(packet.GetEncodedLength(_version)), _version)); // [MQTT-4.3.3-11]
    }

    /// <summary>
    /// The exchange is over: a PUBREC for a repeat of it that still waits would belong to the next message with that identifier ([MQTT-4.3.3-12]).
    /// </summary>
    private void VoidRepeats(ushort packetIdentifier)
    {
        for (var offset = 0; offset < _deliveriesCount; offset++)
        {
            ref var entry = ref _deliveries[(_deliveriesStart + offset) & (_deliveries.Length - 1)];
            entry.IsVoid |= entry.IsRepeat && entry.PacketIdentifier == packetIdentifier;
        }
    }

    /// <summary>
    /// Section 3.1.2.11.7: a client that asked for no problem information gets Reason String and User Properties in no packets but PUBLISH,
    /// CONNACK and DISCONNECT.
    /// </summary>
    private bool MayCarry(bool hasReasonString, scoped UserProperties userProperties)
    {
        if (_options.RequestProblemInformation || (!hasReasonString && userProperties.IsEmpty))
        {
            return true;
        }

        FailProtocol("MQTT-3.1.2-29", "a Reason String or User Properties that were not requested");
        return false;
    }

    private string Statement(string statement5, string statement311) => _version == ProtocolVersion.Mqtt5 ? statement5 : statement311;

    private struct Delivery(ushort packetIdentifier, QualityOfService qos, bool isRepeat)
    {
        public readonly ushort PacketIdentifier = packetIdentifier;
        public readonly QualityOfService QoS = qos;

        /// <summary>QoS 2: the message is known already, only its PUBREC is sent again.</summary>
        public readonly bool IsRepeat = isRepeat;

        /// <summary>A repeat that needs no answer any more.</summary>
        public bool IsVoid;

        /// <summary>Readers that have not taken the message.</summary>
        public int Readers;
    }
}
