using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Godwit.Load;

/// <summary>
/// The load itself. A closed loop keeps a window of messages outstanding per publisher: a message is done when every
/// subscriber it goes to has it and, above QoS 0, the publisher has its PUBACK or PUBCOMP. An open loop sends message k
/// at start + k / rate whatever the broker does, and stamps it with that time, so that a late send counts as latency.
/// </summary>
internal sealed unsafe partial class LoadLoop
{
    private const int RingLength = 1_024;
    private const int OpenLoopBurstMax = 64;

    // An open loop has no window; nobody looks at the latency of a broker that is so many messages behind per publisher.
    private const int OpenLoopOutstandingMax = 4_096;

    private readonly int[] _credits;
    private readonly int[] _missing = new int[RingLength];
    private long[] _expected = [];
    private Row _row = Row.All[0];
    private int _creditCount;
    private int _payloadLength;
    private bool _pausing = true;
    private long _openLoopStart;
    private long _openLoopFirst;

    internal Histogram Latency { get; } = new();

    /// <summary>From the time a PUBLISH was due to its PUBACK, or at QoS 2 to its PUBREC; empty at QoS 0.</summary>
    internal Histogram AcknowledgementLatency { get; } = new();

    internal long SentCount { get; private set; }

    internal long DeliveredCount { get; private set; }

    internal long DuplicatedCount { get; private set; }

    /// <summary>Messages behind a later one of the same publisher, without the DUP flag.</summary>
    internal long ReorderedCount { get; private set; }

    /// <summary>Acknowledgements with a reason code of 0x80 or above.</summary>
    internal long RefusedCount { get; private set; }

    /// <summary>Deliveries that should have come by now and have not.</summary>
    internal long OutstandingCount => (SentCount * CopiesPerMessage) - (DeliveredCount - DuplicatedCount);

    /// <summary>Messages above QoS 0 whose PUBACK or PUBCOMP has not come.</summary>
    internal long UnacknowledgedCount
    {
        get
        {
            var count = 0L;
            for (var publisher = 0; publisher < _row.Publishers && QoS > 0; publisher++)
            {
                var link = &_links[FirstPublisher + publisher];
                count += link->Sent - link->Acknowledged;
            }

            return count;
        }
    }

    private int CopiesPerMessage => _row.Kind == RowKind.FanOut ? _row.Subscribers : 1;

    private int FirstPublisher => _row.Subscribers;

    /// <summary>Opens the subscribers, then the publishers, and encodes what each publisher sends.</summary>
    internal void Prepare(Row row)
    {
        _row = row;
        _payloadLength = row.PayloadLength;
        _expected = new long[Math.Max(row.Publishers, row.Subscribers)];
        Open(0, row.Subscribers, LinkRole.Subscriber);
        Open(FirstPublisher, row.Publishers, LinkRole.Publisher);
        var buffer = new byte[row.PayloadLength + 128];
        for (var publisher = 0; publisher < row.Publishers; publisher++)
        {
            var link = &_links[FirstPublisher + publisher];
            link->TemplateLength = Wire.WritePublish(
                buffer, _v5, TopicOf(publisher), QoS, row.PayloadLength, out link->IdentifierOffset, out link->PayloadOffset);
            BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(link->PayloadOffset + 8), publisher);
            link->Template = (byte*)NativeMemory.Alloc((nuint)link->TemplateLength);
            buffer.AsSpan(0, link->TemplateLength).CopyTo(new Span<byte>(link->Template, link->TemplateLength));
            if (QoS > 0)
            {
                // Twice what is outstanding, since identifiers skip 0 when they come round.
                var stampCount = (int)BitOperations.RoundUpToPowerOf2(2 * (uint)(row.Window > 0 ? row.Window : OpenLoopOutstandingMax));
                link->Stamps = (long*)NativeMemory.AllocZeroed((nuint)stampCount, sizeof(long));
                link->StampMask = stampCount - 1;
            }
        }
    }

    /// <summary>Makes load for a time, and leaves it going: another call continues it without a seam.</summary>
    /// <param name="spins">Polls instead of sleeping, so that an open loop is punctual to the microsecond.</param>
    internal void Run(TimeSpan time, bool spins)
    {
        var isOpenLoop = _row.RatePerSecond > 0;
        if (_pausing)
        {
            _pausing = false;
            _openLoopStart = Now;
            _openLoopFirst = SentCount;
            for (var publisher = 0; publisher < _row.Publishers; publisher++)
            {
                MarkCredit(&_links[FirstPublisher + publisher]);
            }

            SpendCredits();
            Flush();
        }

        var end = Now + Nanoseconds(time);
        while (Now < end)
        {
            if (isOpenLoop)
            {
                SendDue();
            }

            Turn(spins ? 0 : isOpenLoop ? 1 : IdleWaitMilliseconds);
        }
    }

    /// <summary>Sends nothing for a time; what is on its way arrives.</summary>
    internal void Pause(TimeSpan time)
    {
        _pausing = true;
        Serve(time);
    }

    /// <summary>Sends nothing more and waits until all is delivered and acknowledged, or nothing more comes.</summary>
    internal void Drain(TimeSpan patience)
    {
        _pausing = true;
        var deadline = Now + Nanoseconds(patience);
        var open = long.MaxValue;
        while (OutstandingCount + UnacknowledgedCount > 0 && Now < deadline)
        {
            Turn(IdleWaitMilliseconds);
            if (OutstandingCount + UnacknowledgedCount != open)
            {
                open = OutstandingCount + UnacknowledgedCount;
                deadline = Now + Nanoseconds(patience);
            }
        }

        // What comes now would be a copy too many.
        Serve(TimeSpan.FromMilliseconds(100));
    }

    private void SendDue()
    {
        var now = Now;
        for (var burst = 0; burst < OpenLoopBurstMax; burst++)
        {
            var due = _openLoopStart + (long)((SentCount - _openLoopFirst) * (1e9 / _row.RatePerSecond));
            if (due > now)
            {
                break;
            }

            AppendPublish(&_links[FirstPublisher + (int)(SentCount % _row.Publishers)], due);
        }

        Flush();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AppendPublish(Link* link, long stamp)
    {
        var packet = Append(link, link->TemplateLength);
        Unsafe.CopyBlockUnaligned(packet, link->Template, (uint)link->TemplateLength);
        var sequence = link->Sent++;
        if (link->IdentifierOffset > 0)
        {
            // Fewer than 65,535 are outstanding, so an identifier is free again before its turn comes.
            var identifier = (int)(sequence % 65_535) + 1;
            packet[link->IdentifierOffset] = (byte)(identifier >> 8);
            packet[link->IdentifierOffset + 1] = (byte)identifier;
            link->Stamps[identifier & link->StampMask] = stamp;
        }

        Unsafe.WriteUnaligned(packet + link->PayloadOffset, stamp);
        Unsafe.WriteUnaligned(packet + link->PayloadOffset + 12, sequence);
        if (_row.Kind == RowKind.FanOut)
        {
            _missing[sequence & (RingLength - 1)] = _row.Subscribers;
        }

        SentCount++;
    }

    private void Deliver(Link* link, bool isDuplicate, byte* payload, long now)
    {
        var stamp = Unsafe.ReadUnaligned<long>(payload);
        var publisher = Unsafe.ReadUnaligned<int>(payload + 8);
        var sequence = Unsafe.ReadUnaligned<long>(payload + 12);
        if ((uint)publisher >= (uint)_row.Publishers || (_row.Kind == RowKind.Pairs && publisher != link->Number))
        {
            throw new LoadException($"subscriber {link->Number} was given a message of publisher {publisher}");
        }

        DeliveredCount++;
        Latency.Record(now - stamp);
        var stream = _row.Kind == RowKind.FanIn ? publisher : link->Number;
        var expected = _expected[stream];
        if (sequence < expected)
        {
            if (isDuplicate)
            {
                DuplicatedCount++;
            }
            else
            {
                ReorderedCount++;
            }

            return;
        }

        // What was skipped is taken for lost and given back to the window, or a lossy broker would stop the load.
        _expected[stream] = sequence + 1;
        var source = &_links[FirstPublisher + publisher];
        if (_row.Kind == RowKind.FanOut)
        {
            CountCopies(source, expected, sequence);
        }
        else
        {
            source->Delivered = sequence + 1;
            MarkCredit(source);
        }
    }

    private void CountCopies(Link* source, long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++)
        {
            _missing[sequence & (RingLength - 1)]--;
        }

        while (source->Delivered < source->Sent && _missing[source->Delivered & (RingLength - 1)] == 0)
        {
            source->Delivered++;
            MarkCredit(source);
        }
    }

    private void MarkCredit(Link* link)
    {
        if (!link->HasCredit)
        {
            link->HasCredit = true;
            _credits[_creditCount++] = link->Number;
        }
    }

    private void SpendCredits()
    {
        for (var index = 0; index < _creditCount; index++)
        {
            var link = &_links[_credits[index]];
            link->HasCredit = false;
            if (_pausing || _row.Window == 0)
            {
                continue;
            }

            var done = QoS == 0 ? link->Delivered : Math.Min(link->Delivered, link->Acknowledged);
            var room = _row.Window - (link->Sent - done);
            if (room > 0)
            {
                var now = Now;
                do
                {
                    AppendPublish(link, now);
                }
                while (--room > 0);
            }
        }

        _creditCount = 0;
    }
}
