using System.Text;
using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>SUBSCRIBE and UNSUBSCRIBE, and their answers.</summary>
internal sealed partial class ClientSession
{
    private readonly Dictionary<ushort, RequestCommand> _requests = [];

    /// <summary>Sends a SUBSCRIBE or UNSUBSCRIBE. The sink hears the answer.</summary>
    /// <param name="command">The request.</param>
    /// <param name="reason">Why it cannot be sent.</param>
    /// <param name="message">The same in words.</param>
    public bool TryRequest(RequestCommand command, out ReasonCode reason, out string message)
    {
        if (FindRejection(command, out reason, out message))
        {
            return false;
        }

        if (!HasFreePacketIdentifier)
        {
            reason = ReasonCode.QuotaExceeded;
            message = "All packet identifiers are in use.";
            return false;
        }

        var lengthMax = 0;
        foreach (var filter in command.Filters)
        {
            lengthMax += 3 + StrictUtf8.GetMaxByteCount(filter.Filter.Length);
        }

        var scratch = new byte[lengthMax];
        var writer = new TopicFilterWriter(scratch);
        foreach (var filter in command.Filters)
        {
            var utf8 = StrictUtf8.GetBytes(filter.Filter);
            if (command.IsSubscribe)
            {
                writer.Add(utf8, GetOptions(filter));
            }
            else
            {
                writer.Add(utf8);
            }
        }

        var userProperties = new UserProperties(UserPropertyList.Encode(command.UserProperties));
        var identifier = TakePacketIdentifier();
        int length;
        if (command.IsSubscribe)
        {
            var packet = new SubscribePacket
            {
                PacketIdentifier = identifier,
                SubscriptionIdentifier = command.SubscriptionIdentifier,
                UserProperties = userProperties,
                RawItems = writer.Written,
            };
            length = packet.GetEncodedLength(_version);
            if (length <= GetPacketSizeMax())
            {
                _output.Advance(packet.Encode(_output.GetSpan(length), _version));
            }
        }
        else
        {
            var packet = new UnsubscribePacket { PacketIdentifier = identifier, UserProperties = userProperties, RawFilters = writer.Written };
            length = packet.GetEncodedLength(_version);
            if (length <= GetPacketSizeMax())
            {
                _output.Advance(packet.Encode(_output.GetSpan(length), _version));
            }
        }

        if (length > GetPacketSizeMax()) // [MQTT-3.2.2-15]
        {
            reason = ReasonCode.PacketTooLarge;
            message = $"The packet has {length} bytes, the server takes {GetPacketSizeMax()}.";
            return false;
        }

        _requests.Add(identifier, command);
        return true;
    }

    private SubscriptionOptions GetOptions(MqttTopicFilter filter) => _version == ProtocolVersion.Mqtt5
        ? new SubscriptionOptions(filter.MaximumQoS, filter.NoLocal, filter.RetainAsPublished, filter.RetainHandling)
        : new SubscriptionOptions(filter.MaximumQoS);

    private bool FindRejection(RequestCommand command, out ReasonCode reason, out string message)
    {
        foreach (var filter in command.Filters)
        {
            if (FindRejection(filter, command.IsSubscribe, out reason, out message))
            {
                return true;
            }
        }

        reason = ReasonCode.Success;
        message = "";
        if (command.UserProperties.Count == 0)
        {
            return false;
        }

        reason = _version == ProtocolVersion.Mqtt5 ? ReasonCode.MalformedPacket : ReasonCode.ProtocolError;
        message = _version == ProtocolVersion.Mqtt5 ? MessageProperties.FindFault(command.UserProperties) ?? "" : "User Properties need protocol version 5.0.";
        return message.Length > 0;
    }

    private bool FindRejection(MqttTopicFilter filter, bool isSubscribe, out ReasonCode reason, out string message)
    {
        reason = ReasonCode.TopicFilterInvalid;
        message = "";
        byte[] utf8;
        try
        {
            utf8 = StrictUtf8.GetBytes(filter.Filter);
        }
        catch (EncoderFallbackException)
        {
            message = "The topic filter is not valid Unicode.";
            return true;
        }

        var kind = SharedFilter.TryParse(utf8, out _, out var matched);
        if (kind == SharedFilterKind.Invalid) // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
        {
            message = $"The filter '{filter.Filter}' is not of the form $share/NAME/FILTER.";
            return true;
        }

        if (!TopicFilter.Check(matched, out var fault) || !Utf8Rules.Check(utf8, _version, out fault) || utf8.Length > Utf8Rules.LengthMax)
        {
            message = $"The filter '{filter.Filter}' is not valid: {(fault.IsNone ? "over 65,535 bytes" : fault.Detail)}.";
            return true;
        }

        if (!isSubscribe)
        {
            return false;
        }

        if (filter.MaximumQoS > QualityOfService.ExactlyOnce || filter.RetainHandling > RetainHandling.DoNotSend)
        {
            reason = ReasonCode.ProtocolError;
            message = "QoS or Retain Handling is none of 0, 1 and 2.";
        }
        else if (kind == SharedFilterKind.Valid && !Connection.SharedSubscriptionAvailable)
        {
            reason = ReasonCode.SharedSubscriptionsNotSupported;
            message = "The server has no shared subscriptions.";
        }
        else if (kind == SharedFilterKind.Valid && filter.NoLocal) // [MQTT-3.8.3-4]
        {
            reason = ReasonCode.ProtocolError;
            message = "No Local is not allowed on a shared subscription.";
        }
        else if (!Connection.WildcardSubscriptionAvailable && TopicFilter.HasWildcards(matched))
        {
            reason = ReasonCode.WildcardSubscriptionsNotSupported;
            message = "The server has no wildcard subscriptions.";
        }
        else if (_version != ProtocolVersion.Mqtt5 && (filter.NoLocal || filter.RetainAsPublished || filter.RetainHandling != RetainHandling.SendAtSubscribe))
        {
            reason = ReasonCode.ProtocolError;
            message = "No Local, Retain As Published and Retain Handling need protocol version 5.0.";
        }

        return message.Length > 0;
    }

    private void HandleSubAck(scoped in SubAckPacket packet)
    {
        if (!TryTakeRequest(packet.PacketIdentifier, isSubscribe: true, out var command))
        {
            return;
        }

        if (packet.ReasonCodes.Length != command.Filters.Count) // [MQTT-3.8.4-6]
        {
            FailProtocol(Statement("MQTT-3.8.4-6", "MQTT-3.8.4-5"), "SUBACK with another number of reason codes than there were filters");
            _sink.HandleRequestFailed(command);
            return;
        }

        command.Reasons = new ReasonCode[packet.ReasonCodes.Length];
        for (var index = 0; index < command.Reasons.Length; index++)
        {
            command.Reasons[index] = (ReasonCode)packet.ReasonCodes[index];
        }

        command.ReasonString = ReadText(packet.HasReasonString, packet.ReasonString);
        _sink.HandleAnswered(command);
        SendWaiting();
    }

    private void HandleUnsubAck(scoped in UnsubAckPacket packet)
    {
        if (!TryTakeRequest(packet.PacketIdentifier, isSubscribe: false, out var command))
        {
            return;
        }

        command.Reasons = new ReasonCode[command.Filters.Count];
        if (_version == ProtocolVersion.Mqtt5)
        {
            if (packet.ReasonCodes.Length != command.Filters.Count) // [MQTT-3.11.3-1]
            {
                FailProtocol("MQTT-3.11.3-1", "UNSUBACK with another number of reason codes than there were filters");
                _sink.HandleRequestFailed(command);
                return;
            }

            for (var index = 0; index < command.Reasons.Length; index++)
            {
                command.Reasons[index] = (ReasonCode)packet.ReasonCodes[index];
            }
        }

        command.ReasonString = ReadText(packet.HasReasonString, packet.ReasonString);
        _sink.HandleAnswered(command);
        SendWaiting();
    }

    private bool TryTakeRequest(ushort packetIdentifier, bool isSubscribe, out RequestCommand command)
    {
        if (_requests.Remove(packetIdentifier, out command!) && command.IsSubscribe == isSubscribe)
        {
            return true;
        }

        // [MQTT-2.2.1-6]: SUBACK and UNSUBACK repeat the identifier of their request.
        FailProtocol(Statement("MQTT-2.2.1-6", "MQTT-2.3.1-7"), isSubscribe ? "SUBACK without SUBSCRIBE" : "UNSUBACK without UNSUBSCRIBE");
        if (command is not null)
        {
            _sink.HandleRequestFailed(command);
        }

        return false;
    }
}
