using System.Numerics;
using System.Runtime.CompilerServices;

namespace Godwit.Load.Engine;

/// <summary>
/// What has come to whom, by the sequence number of each publisher: finds what came twice, and what came behind a later one.
/// </summary>
internal sealed class DeliveryLedger
{
    private const int RingLengthMin = 1_024;
    private const int RingLengthMaxOfAll = 16 * 1024 * 1024;

    private readonly bool _isShared;
    private readonly int _subscriberStride;
    private readonly int _publisherStride;

    /// <summary>By subscriber and publisher: the sequence number that comes next.</summary>
    private readonly long[] _expected;

    /// <summary>By subscriber and publisher: how many were passed over and have not come.</summary>
    private readonly int[] _passedOver;

    /// <summary>A shared group: by publisher and sequence number modulo <see cref="_ringMask"/>, the latest that came to any member, plus 1.</summary>
    private readonly long[] _seen;
    private readonly int _ringShift;
    private readonly long _ringMask;

    internal DeliveryLedger(Scenario scenario)
    {
        var isMesh = scenario.HasTraffic && scenario.Kind != ScenarioKind.Pairs;
        _isShared = scenario.Kind == ScenarioKind.Shared;
        _subscriberStride = isMesh ? scenario.Publishers : 1;
        _publisherStride = isMesh ? 1 : 0;
        var streams = !scenario.HasTraffic ? 0 : isMesh ? scenario.Publishers * scenario.Subscribers : scenario.Subscribers;
        _expected = new long[streams];
        _passedOver = new int[streams];
        if (_isShared)
        {
            var length = Math.Max(RingLengthMin, 2 * scenario.Window);
            length = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(2 * scenario.Window, Math.Min(length, RingLengthMaxOfAll / scenario.Publishers)));
            _ringShift = BitOperations.Log2((uint)length);
            _ringMask = length - 1;
            _seen = new long[(long)scenario.Publishers << _ringShift];
        }
        else
        {
            _seen = [];
        }
    }

    /// <summary>Copies of what had come already.</summary>
    internal long DuplicatedCount { get; private set; }

    /// <summary>Those among them that lack the DUP flag.</summary>
    internal long UnmarkedCount { get; private set; }

    /// <summary>Messages behind a later one of the same publisher.</summary>
    internal long ReorderedCount { get; private set; }

    /// <summary>
    /// Notes a delivery. With it all sequence numbers from <paramref name="first"/> on are done with: what was passed over is taken for lost
    /// until it comes.
    /// </summary>
    /// <returns>False when nothing is done with by it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Note(int subscriber, int publisher, long sequence, bool isDuplicate, out long first)
    {
        var stream = (subscriber * _subscriberStride) + (publisher * _publisherStride);
        first = _expected[stream];
        if (_isShared)
        {
            return NoteShared(stream, publisher, sequence, isDuplicate);
        }

        if (sequence < first)
        {
            NoteLate(stream, isDuplicate);
            return false;
        }

        _passedOver[stream] += (int)(sequence - first);
        _expected[stream] = sequence + 1;
        return true;
    }

    private void NoteLate(int stream, bool isDuplicate)
    {
        if (!isDuplicate && _passedOver[stream] > 0)
        {
            _passedOver[stream]--;
            ReorderedCount++;
        }
        else
        {
            NoteCopy(isDuplicate);
        }
    }

    private void NoteCopy(bool isDuplicate)
    {
        DuplicatedCount++;
        UnmarkedCount += isDuplicate ? 0 : 1;
    }

    private bool NoteShared(int stream, int publisher, long sequence, bool isDuplicate)
    {
        ref var seen = ref _seen[((long)publisher << _ringShift) + (sequence & _ringMask)];
        if (seen == sequence + 1)
        {
            NoteCopy(isDuplicate);
            return false;
        }

        seen = sequence + 1;
        if (sequence < _expected[stream])
        {
            ReorderedCount++;
        }
        else
        {
            _expected[stream] = sequence + 1;
        }

        return true;
    }
}
