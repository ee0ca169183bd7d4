using System.Buffers.Binary;

namespace Godwit.Protocol;

/// <summary>Walks the payload of an UNSUBSCRIBE.</summary>
public ref struct TopicFilterEnumerator
{
    private ReadOnlySpan<byte> _rest;

    internal TopicFilterEnumerator(ReadOnlySpan<byte> payload)
    {
        _rest = payload;
        Current = default;
    }

    /// <summary>The filter at the position, UTF-8; valid after <see cref="MoveNext"/> gave true.</summary>
    public ReadOnlySpan<byte> Current { readonly get; private set; }

    /// <summary>Goes to the next filter.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out var length) || _rest.Length < length + 2)
        {
            return false;
        }

        Current = _rest.Slice(2, length);
        _rest = _rest[(length + 2)..];
        return true;
    }
}
