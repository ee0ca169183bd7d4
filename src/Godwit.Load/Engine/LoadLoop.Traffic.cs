using System.Runtime.CompilerServices;

namespace Godwit.Load.Engine;

/// <summary>
/// The load itself. A closed loop keeps a window of messages outstanding per publisher: a message is done when every
/// subscriber it goes to has it and, above QoS 0, the publisher has its PUBACK or PUBCOMP. An open loop sends message k
/// at start + k / rate whatever the broker does, and stamps it with that time, so that a late send counts as latency.
/// </summary>
internal sealed unsafe partial class LoadLoop
{
    private const int OpenLoopBurstMax = 64;

    // An open loop has no window, but a bound: what is due beyond it is sent later, with the time at which it was due.
    private const int OpenLoopOutstandingMax = 4_096;
    private const int OpenLoopOutstandingMaxOfAll = 4 * 1024 * 1024;
    private const int OpenLoopUnsentBytesMax = 1024 * 1024;

    private readonly DeliveryLedger _deliveries;
    private readonly int[] _credits;
    private readonly int _tag;
    private int[] _missing = [];
    private int _missingShift;
    private int _missingMask;
    private int _copies = 1;
    private int _publisherCount;
    private int _firstPublisher;
    private int _window;
    private bool _isPaired;
    private bool _isShared;
    private int _creditCount;
    private int _payloadLength = -1;
    private int _outstandingMax;
    private uint _maximumPacketSize = uint.MaxValue;
    private bool _pausing = true;
    private long _openLoopStart;
    private long _openLoopFirst;

    internal Histogram Latency { get; } = new();

    /// <summary>From the time a PUBLISH was due to its PUBACK, or at QoS 2 to its PUBREC; empty at QoS 0.</summary>
    internal Histogram AcknowledgementLatency { get; } = new();

    internal long SentCount { get; private set; }

    internal long DeliveredCount { get; private set; }

    /// <summary>Copies of what had come already.</summary>
    internal long DuplicatedCount => _deliveries.DuplicatedCount;

    /// <summary>Those among them that lack the DUP flag.</summary>
    internal long UnmarkedCount => _deliveries.UnmarkedCount;

    /// <summary>Messages behind a later one of the same publisher.</summary>
    internal long ReorderedCount => _deliveries.ReorderedCount;

    /// <summary>Acknowledgements with a reason code of 0x80 or above.</summary>
    internal long RefusedCount { get; private set; }

    /// <summary>The reason code of the latest of them.</summary>
    internal byte RefusalCode { get; private set; }

    /// <summary>Deliveries of what this run did not publish.</summary>
    internal long ForeignCount { get; private set; }

    /// <summary>Deliveries that should have come by now and have not.</summary>
    internal long OutstandingCount => (SentCount * _copies) - (DeliveredCount - DuplicatedCount);

    /// <summary>Messages above QoS 0 whose PUBACK or PUBCOMP has not come.</summary>
    internal long UnacknowledgedCount
    {
        get
        {
            var count = 0L;
            for (var publisher = 0; publisher < _publisherCount && _qos > 0; publisher++)
            {
                var link = &_links[_firstPublisher + publisher];
                count += link->Sent - link->Acknowledged;
            }

            return count;
        }
    }

    /// <summary>
    /// Makes load for a time, or until the run is to stop, and leaves it going: another call continues it without a seam. With
    /// <paramref name="spins"/> it polls instead of sleeping, so that an open loop is punctual to the microsecond.
    /// </summary>
    internal void Run(TimeSpan time, bool spins)
    {
        var isOpenLoop = _scenario.RatePerSecond > 0;
        if (_pausing)
        {
            _pausing = false;
            _openLoopStart = Now;
            _openLoopFirst = SentCount;
            for (var publisher = 0; publisher < _publisherCount; publisher++)
            {
                MarkCredit(&_links[_firstPublisher + publisher]);
            }

            SpendCredits();
            Flush();
        }

        var end = Now + Nanoseconds(time);
        while (Now < end && !IsStopping)
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
        var end = Now + Nanoseconds(TimeSpan.FromMilliseconds(100));
        while (Now < end)
        {
            Turn(IdleWaitMilliseconds);
        }
    }

    private void SendDue()
    {
        var now = Now;
        for (var burst = 0; burst < OpenLoopBurstMax; burst++)
        {
            var due = _openLoopStart + (long)((SentCount - _openLoopFirst) * (1e9 / _scenario.RatePerSecond));
            var link = &_links[_firstPublisher + (int)(SentCount % _publisherCount)];
            if (due > now || link->OutLength > OpenLoopUnsentBytesMax || (_qos > 0 && link->Sent - link->Acknowledged >= _outstandingMax))
            {
                break;
            }

            AppendPublish(link, due);
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
        if (_copies > 1)
        {
            _missing[((link->Number - _firstPublisher) << _missingShift) + (int)(sequence & _missingMask)] = _copies;
        }

        SentCount++;
    }

    /// <summary>This run has published it: what is left of other runs, or of others, has another tag in front of the publisher.</summary>
    private bool IsOwn(byte* payload) => (uint)(Unsafe.ReadUnaligned<int>(payload + 8) - _tag) < (uint)_publisherCount;

    private void Deliver(Link* link, bool isDuplicate, byte* payload, long now)
    {
        var stamp = Unsafe.ReadUnaligned<long>(payload);
        var publisher = Unsafe.ReadUnaligned<int>(payload + 8) - _tag;
        var sequence = Unsafe.ReadUnaligned<long>(payload + 12);
        var source = &_links[_firstPublisher + publisher];
        if ((ulong)sequence >= (ulong)source->Sent || (_isPaired && publisher != link->Number))
        {
            throw new LoadException(LoadFailure.Misbehaved, $"subscriber {link->Number} was given message {sequence} of publisher {publisher}, which is not for it");
        }

        DeliveredCount++;
        Latency.Record(now - stamp);
        if (!_deliveries.Note(link->Number, publisher, sequence, isDuplicate, out var first))
        {
            return;
        }

        // What was passed over is given back to the window, or a lossy broker would stop the load.
        if (_copies > 1)
        {
            CountCopies(source, first, sequence);
        }
        else
        {
            source->Delivered = _isShared ? source->Delivered + 1 : sequence + 1;
            MarkCredit(source);
        }
    }

    private void CountCopies(Link* source, long first, long last)
    {
        var ring = (source->Number - _firstPublisher) << _missingShift;
        for (var sequence = first; sequence <= last; sequence++)
        {
            _missing[ring + (int)(sequence & _missingMask)]--;
        }

        while (source->Delivered < source->Sent && _missing[ring + (int)(source->Delivered & _missingMask)] == 0)
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
            if (_pausing || _window == 0)
            {
                continue;
            }

            var done = _qos == 0 ? link->Delivered : Math.Min(link->Delivered, link->Acknowledged);
            var room = _window - (link->Sent - done);
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
