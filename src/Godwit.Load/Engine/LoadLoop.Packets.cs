using System.Buffers.Binary;

namespace Godwit.Load.Engine;

/// <summary>What the broker says.</summary>
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
                        throw new LoadException(LoadFailure.Misbehaved, "the broker sent a remaining length of more than four bytes");
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
            case Wire.PubAck or Wire.PubComp when length >= 2 && link->Stamps is not null:
                CountRefusal(body, length);
                if (_qos == 1)
                {
                    RecordAcknowledgement(link, body, now);
                }

                link->Acknowledged++;
                MarkCredit(link);
                break;
            case Wire.PubRec when length >= 2 && link->Stamps is not null:
                RecordAcknowledgement(link, body, now);
                if (CountRefusal(body, length))
                {
                    // That ends the exchange: no PUBREL, and no PUBCOMP to wait for.
                    link->Acknowledged++;
                    MarkCredit(link);
                }
                else
                {
                    Answer(link, 0x62, body);
                }

                break;
            case Wire.PubRel when length >= 2:
                Answer(link, 0x70, body);
                break;
            case Wire.PingResp when length == 0:
                break;
            case Wire.ConnAck when link->State == LinkState.AwaitsConnAck && length >= 2:
                FinishConnAck(link, new ReadOnlySpan<byte>(body, length), now);
                break;
            case Wire.SubAck when link->State == LinkState.AwaitsSubAck && length >= 3:
                FinishSubAck(link, body[length - 1]);
                break;
            case Wire.Disconnect:
                throw new LoadException(LoadFailure.Refused, $"the broker ended {Name(link)}", length > 0 ? body[0] : (byte)0);
            default:
                throw new LoadException(LoadFailure.Misbehaved, $"the broker sent an unexpected packet 0x{first:X2} on {Name(link)}");
        }
    }

    private void FinishSubAck(Link* link, byte code)
    {
        if (code >= 0x80)
        {
            throw new LoadException(LoadFailure.Refused, $"the broker refused the subscription to '{FilterOf(link->Number)}'", code);
        }

        if (code != _qos)
        {
            throw new LoadException(LoadFailure.Unsupported, $"the broker granted QoS {code} where QoS {_qos} was asked for");
        }

        FinishOpen(link);
    }

    private void HandlePublish(Link* link, byte first, byte* body, int length, long now)
    {
        var qos = (first >> 1) & 3;
        var at = length < 2 ? length : 2 + BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(body, 2));
        if (qos > 0)
        {
            if (at + 2 > length)
            {
                throw new LoadException(LoadFailure.Misbehaved, "the broker sent a PUBLISH without a packet identifier");
            }

            Answer(link, (byte)(qos == 1 ? 0x40 : 0x50), body + at);
            at += 2;
        }

        if (_v5 && at < length)
        {
            at += PropertiesLength(body + at, length - at);
        }

        if (length - at != _payloadLength || !IsOwn(body + at))
        {
            // Somebody else publishes here, or it was left over from another run.
            ForeignCount++;
        }
        else if (qos != _qos)
        {
            throw new LoadException(LoadFailure.Misbehaved, $"the broker delivered at QoS {qos} what was published and subscribed to at QoS {_qos}");
        }
        else
        {
            Deliver(link, (first & 0x08) != 0, body + at, now);
        }
    }

    /// <summary>The properties with their length, itself a variable byte integer; what does not fit gives a length that does not either.</summary>
    private static int PropertiesLength(byte* data, int length)
    {
        if (data[0] < 0x80)
        {
            return 1 + data[0];
        }

        var value = data[0] & 0x7F;
        for (var index = 1; index < 4 && index < length; index++)
        {
            value |= (data[index] & 0x7F) << (7 * index);
            if (data[index] < 0x80)
            {
                return index + 1 + value;
            }
        }

        return length + 1;
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
        var identifier = BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(body, 2));
        AcknowledgementLatency.Record(now - link->Stamps[identifier & link->StampMask]);
    }

    private bool CountRefusal(byte* body, int length)
    {
        // A reason code of 0x80 or above is a failure; 3.1.1 has none, and a length of 2 means success.
        if (length > 2 && body[2] >= 0x80)
        {
            RefusedCount++;
            RefusalCode = body[2];
            return true;
        }

        return false;
    }
}
