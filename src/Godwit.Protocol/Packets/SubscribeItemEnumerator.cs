using System.Buffers.Binary;

namespace Godwit.Protocol;

/// <summary>Walks the payload of a SUBSCRIBE.</summary>
public ref struct SubscribeItemEnumerator
{
    private readonly byte _optionsMask;
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _current;

    internal SubscribeItemEnumerator(ReadOnlySpan<byte> payload, byte optionsMask)
    {
        _rest = payload;
        _current = default;
        _optionsMask = optionsMask;
    }

    /// <summary>The item at the position; valid after <see cref="MoveNext"/> gave true.</summary>
    public readonly SubscribeItem Current => new(_current[2..^1], new SubscriptionOptions((byte)(_current[^1] & _optionsMask)));

    /// <summary>Goes to the next item.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out var length) || _rest.Length < length + 3)
        {
            return false;
        }

        _current = _rest[..(length + 3)];
        _rest = _rest[(length + 3)..];
        return true;
    }
}
