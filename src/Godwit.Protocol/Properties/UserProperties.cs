namespace Godwit.Protocol;

/// <summary>The User Properties of a packet, in their order, read in place from its property block.</summary>
public readonly ref struct UserProperties
{
    private readonly ReadOnlySpan<byte> _raw;

    /// <summary>Views the User Properties of a block, for example of what a <see cref="PropertyWriter"/> wrote.</summary>
    /// <param name="raw">Property bytes without length prefix; other properties in it are passed over.</param>
    public UserProperties(ReadOnlySpan<byte> raw)
    {
        var count = 0;
        for (var rest = raw; PropertyTable.GetLength(rest) is var length and > 0; rest = rest[length..])
        {
            count += rest[0] == (byte)PropertyIdentifier.UserProperty ? 1 : 0;
        }

        _raw = count == 0 ? default : raw;
        Count = count;
    }

    internal UserProperties(ReadOnlySpan<byte> raw, int count)
    {
        _raw = count == 0 ? default : raw;
        Count = count;
    }

    /// <summary>Number of User Properties.</summary>
    public int Count { get; }

    /// <summary>True without any User Property.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Bytes of the User Properties in a property block, identifiers included.</summary>
    public int EncodedLength
    {
        get
        {
            var sum = 0;
            for (var rest = _raw; PropertyTable.GetLength(rest) is var length and > 0; rest = rest[length..])
            {
                sum += rest[0] == (byte)PropertyIdentifier.UserProperty ? length : 0;
            }

            return sum;
        }
    }

    /// <summary>Enumerates in order; names may repeat.</summary>
    public UserPropertyEnumerator GetEnumerator() => new(_raw);

    /// <summary>Copies the User Properties, identifiers included, and nothing else.</summary>
    /// <param name="destination">At least <see cref="EncodedLength"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public int CopyTo(Span<byte> destination) =>
        PropertyCopy.Copy(_raw, PropertyTable.UserProperty, destination);
}
