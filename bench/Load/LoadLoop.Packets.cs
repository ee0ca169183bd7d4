using System.Buffers.Binary;

namespace Godwit.Load;

internal sealed unsafe partial class LoadLoop
{
    /// <summary>Handles every whole packet; returns how many bytes they took.</summary>
    private int Parse(Link* link, byte* data, int length)
    {
        var at = 0;
        var now = Now;
        while (length - at >= 2)
        {
            var first = data[at];
            var body = at + 2;
            int bodyLength = data[at + 1];
            if (bodyLength >= 0x80)
            {
                bodyLength &= 0x7F;
                var shift = 7;
                byte digit;
                do
                {
                    if (body >= length)
                    {
                        return at;
                    }

                    if (shift > 21)
                    {
                        throw new LoadException("the broker sent a remaining length of more than four bytes");
                    }

                    digit = data[body++];
                    bodyLength |= (digit & 0x7F) << shift;
                    shift += 7;
                }
                while (digit >= 0x80);
            }

            if (bodyLength > length - body)
            {
                return at;
            }

            Handle(link, first, data + body, bodyLength, now);
            at = body + bodyLength;
        }

        return at;
    }

    private void Handle(Link* link, byte first, byte* body, int length, long now)
    {
        switch (first >> 4)
        {
            case Wire.Publish when link->State == LinkState.Ready:
                HandlePublish(link, first, body, length, now);
                break;
            case Wire.PubAck or Wire.PubComp when length >= 2:
                CountRefusal(body, length);
                if (QoS == 1)
                {
                    RecordAcknowledgement(link, body, now);
                }

                link->Acknowledged++;
                MarkCredit(link);
                break;
            case Wire.PubRec when length >= 2:
                CountRefusal(body, length);
                RecordAcknowledgement(link, body, now);
                Answer(link, 0x62, body);
                break;
            case Wire.PubRel when length >= 2:
                Answer(link, 0x70, body);
                break;
            case Wire.ConnAck when link->State == LinkState.AwaitsConnAck && length >= 2:
                if (body[1] != 0)
                {
                    throw new LoadException($"the broker refused a connection with code 0x{body[1]:X2}");
                }

                FinishConnAck(link);
                break;
            case Wire.SubAck when link->State == LinkState.AwaitsSubAck && length >= 3:
                if (body[length - 1] != QoS)
                {
                    throw new LoadException($"the broker answered a subscription at QoS {QoS} with 0x{body[length - 1]:X2}");
                }

                FinishOpen(link);
                break;
            case Wire.Disconnect:
                throw new LoadException($"the broker ended connection {link->Number} with reason 0x{(length > 0 ? body[0] : 0):X2}");
            default:
                throw new LoadException($"the broker sent an unexpected packet 0x{first:X2} in state {link->State}");
        }
    }

    private void HandlePublish(Link* link, byte first, byte* body, int length, long now)
    {
        var qos = (first >> 1) & 3;
        var at = 2 + BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(body, 2));
        var identifier = body + at;
        at += qos > 0 ? 2 : 0;
        if (_v5 && at < length)
        {
            // The property length is itself a variable byte integer; nothing here has more than 127 bytes of properties.
            at += 1 + body[at];
        }

        if (qos != QoS || length - at != _payloadLength)
        {
            throw new LoadException($"the broker delivered QoS {qos} with {length - at} B of payload where QoS {QoS} with {_payloadLength} B was published");
        }

        if (qos > 0)
        {
            Answer(link, (byte)(qos == 1 ? 0x40 : 0x50), identifier);
        }

        Deliver(link, (first & 0x08) != 0, body + at, now);
    }

    private void Answer(Link* link, byte first, byte* identifier)
    {
        var packet = Append(link, 4);
        packet[0] = first;
        packet[1] = 2;
        packet[2] = identifier[0];
        packet[3] = identifier[1];
    }

    private void RecordAcknowledgement(Link* link, byte* body, long now)
    {
        if (link->Stamps is null)
        {
            throw new LoadException($"connection {link->Number} never published and was sent an acknowledgement");
        }

        if (link->Sent - link->Acknowledged > OpenLoopOutstandingMax)
        {
            throw new LoadException($"publisher {link->Number} waits for more than {OpenLoopOutstandingMax} acknowledgements");
        }

        var identifier = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(body, 2));
        AcknowledgementLatency.Record(now - link->Stamps[identifier & link->StampMask]);
    }

    private void CountRefusal(byte* body, int length)
    {
        // A reason code of 0x80 or above is a failure; 3.1.1 has none, and a length of 2 means success.
        if (length > 2 && body[2] >= 0x80)
        {
            RefusedCount++;
        }
    }
}
