using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Godwit.Load.Engine;

/// <summary>What comes before the first message.</summary>
internal sealed unsafe partial class LoadLoop
{
    private const int CopiesRingLengthMin = 64;

    /// <summary>Opens the subscribers, then the publishers, and encodes what each publisher sends.</summary>
    /// <returns>False when the run is to stop.</returns>
    internal bool Prepare()
    {
        _payloadLength = _scenario.PayloadLength;
        _copies = _scenario.CopiesPerMessage;
        _isPaired = _scenario.Kind == ScenarioKind.Pairs;
        _isShared = _scenario.Kind == ScenarioKind.Shared;
        _window = _scenario.Window;
        _firstPublisher = _scenario.Subscribers;
        if (_copies > 1)
        {
            var length = BitOperations.RoundUpToPowerOf2((uint)Math.Max(CopiesRingLengthMin, 2 * _window));
            _missingShift = BitOperations.Log2(length);
            _missingMask = (int)length - 1;
            _missing = new int[_scenario.Publishers << _missingShift];
        }

        if (!Open(0, _scenario.Subscribers, LinkRole.Subscriber) || !Open(_firstPublisher, _scenario.Publishers, LinkRole.Publisher))
        {
            return false;
        }

        _publisherCount = _scenario.Publishers;
        var buffer = new byte[_scenario.PayloadLength + Wire.ControlLengthMax];
        for (var publisher = 0; publisher < _publisherCount; publisher++)
        {
            PreparePublisher(publisher, buffer);
        }

        return true;
    }

    private void PreparePublisher(int publisher, byte[] buffer)
    {
        var link = &_links[_firstPublisher + publisher];
        link->TemplateLength = Wire.WritePublish(
            buffer, _v5, TopicOf(publisher, link->Number), _qos, _payloadLength, out link->IdentifierOffset, out link->PayloadOffset);
        if ((uint)link->TemplateLength > _maximumPacketSize)
        {
            throw new LoadException(
                LoadFailure.Unsupported, $"the broker takes packets of {_maximumPacketSize} bytes at most (Maximum Packet Size), not {link->TemplateLength}");
        }

        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(link->PayloadOffset + 8), _tag + publisher);
        link->Template = (byte*)NativeMemory.Alloc((nuint)link->TemplateLength);
        buffer.AsSpan(0, link->TemplateLength).CopyTo(new Span<byte>(link->Template, link->TemplateLength));
        if (_qos > 0)
        {
            // Twice what is outstanding, since identifiers skip 0 when they come round.
            var stampCount = (int)BitOperations.RoundUpToPowerOf2(2 * (uint)(_window > 0 ? _window : _outstandingMax));
            link->Stamps = (long*)NativeMemory.AllocZeroed((nuint)stampCount, sizeof(long));
            link->StampMask = stampCount - 1;
        }
    }
}
