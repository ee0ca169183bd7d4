using System.Buffers.Binary;

namespace Godwit.Protocol;

/// <summary>Walks the User Properties of a property block.</summary>
public ref struct UserPropertyEnumerator
{
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _current;

    internal UserPropertyEnumerator(ReadOnlySpan<byte> raw)
    {
        _rest = raw;
        _current = default;
    }

    /// <summary>The property at the position; valid after <see cref="MoveNext"/> gave true.</summary>
    public readonly UserProperty Current
    {
        get
        {
            var nameLength = BinaryPrimitives.ReadUInt16BigEndian(_current[1..]);
            return new UserProperty(_current.Slice(3, nameLength), _current[(5 + nameLength)..]);
        }
    }

    /// <summary>Goes to the next User Property.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        while (PropertyTable.GetLength(_rest) is var length and > 0)
        {
            _current = _rest[..length];
            _rest = _rest[length..];
            if (_current[0] == (byte)PropertyIdentifier.UserProperty)
            {
                return true;
            }
        }

        return false;
    }
}
