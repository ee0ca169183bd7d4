using System.Buffers.Binary;
using System.Text;

namespace Godwit.Protocol;

/// <summary>
/// Builds a property block without its length prefix. The caller is trusted to write each property once, into a packet
/// that may carry it; strings over 65,535 bytes and a destination that is too small are the caller's bug and throw.
/// </summary>
public ref struct PropertyWriter
{
    private readonly Span<byte> _destination;
    private readonly bool _isMeasuring;
    private int _length;

    /// <summary>Writes into <paramref name="destination"/> from its start.</summary>
    /// <param name="destination">Room for all properties to come.</param>
    public PropertyWriter(Span<byte> destination)
    {
        _destination = destination;
        _isMeasuring = false;
        _length = 0;
    }

    private PropertyWriter(bool isMeasuring)
    {
        _destination = default;
        _isMeasuring = isMeasuring;
        _length = 0;
    }

    /// <summary>Bytes of the properties so far.</summary>
    public readonly int Length => _length;

    /// <summary>The properties so far; empty for a measuring writer.</summary>
    public readonly ReadOnlySpan<byte> Written => _isMeasuring ? default : _destination[.._length];

    /// <summary>A writer without destination that only counts into <see cref="Length"/>.</summary>
    public static PropertyWriter Measure() => new(isMeasuring: true);

    /// <summary>Writes a property of one byte.</summary>
    /// <param name="identifier">A byte property.</param>
    /// <param name="value">0 or 1.</param>
    public void WriteByte(PropertyIdentifier identifier, byte value)
    {
        if (!_isMeasuring)
        {
            _destination[_length + 1] = value;
            _destination[_length] = (byte)identifier;
        }

        _length += 2;
    }

    /// <summary>Writes a property of one byte.</summary>
    /// <param name="identifier">A byte property.</param>
    /// <param name="value">1 for true, 0 for false.</param>
    public void WriteBoolean(PropertyIdentifier identifier, bool value) => WriteByte(identifier, value ? (byte)1 : (byte)0);

    /// <summary>Writes a property of two bytes.</summary>
    /// <param name="identifier">A two byte property.</param>
    /// <param name="value">The value.</param>
    public void WriteUInt16(PropertyIdentifier identifier, ushort value)
    {
        if (!_isMeasuring)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_destination[(_length + 1)..], value);
            _destination[_length] = (byte)identifier;
        }

        _length += 3;
    }

    /// <summary>Writes a property of four bytes.</summary>
    /// <param name="identifier">A four byte property.</param>
    /// <param name="value">The value.</param>
    public void WriteUInt32(PropertyIdentifier identifier, uint value)
    {
        if (!_isMeasuring)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_destination[(_length + 1)..], value);
            _destination[_length] = (byte)identifier;
        }

        _length += 5;
    }

    /// <summary>Writes a Subscription Identifier.</summary>
    /// <param name="value">1 to 268,435,455.</param>
    public void WriteSubscriptionIdentifier(uint value)
    {
        if (!_isMeasuring)
        {
            VariableByteInteger.Write(_destination[(_length + 1)..], value);
            _destination[_length] = (byte)PropertyIdentifier.SubscriptionIdentifier;
        }

        _length += 1 + VariableByteInteger.GetLength(value);
    }

    /// <summary>Writes a string (as UTF-8) or binary property.</summary>
    /// <param name="identifier">A string or binary property.</param>
    /// <param name="value">At most 65,535 bytes.</param>
    public void WriteData(PropertyIdentifier identifier, scoped ReadOnlySpan<byte> value)
    {
        BeginData(identifier);
        AppendData(value);
    }

    /// <summary>Writes a string property.</summary>
    /// <param name="identifier">A string property.</param>
    /// <param name="value">At most 65,535 bytes of UTF-8.</param>
    public void WriteText(PropertyIdentifier identifier, scoped ReadOnlySpan<char> value)
    {
        BeginData(identifier);
        AppendText(value);
    }

    /// <summary>Writes a User Property.</summary>
    /// <param name="name">UTF-8, at most 65,535 bytes.</param>
    /// <param name="value">UTF-8, at most 65,535 bytes.</param>
    public void WriteUserProperty(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        BeginData(PropertyIdentifier.UserProperty);
        AppendData(name);
        AppendData(value);
    }

    /// <summary>Writes a User Property.</summary>
    /// <param name="name">At most 65,535 bytes of UTF-8.</param>
    /// <param name="value">At most 65,535 bytes of UTF-8.</param>
    public void WriteUserProperty(scoped ReadOnlySpan<char> name, scoped ReadOnlySpan<char> value)
    {
        BeginData(PropertyIdentifier.UserProperty);
        AppendText(name);
        AppendText(value);
    }

    /// <summary>Copies User Properties in their order.</summary>
    /// <param name="properties">Those of another packet or block.</param>
    public void WriteUserProperties(scoped UserProperties properties)
    {
        if (!properties.IsEmpty)
        {
            _length += _isMeasuring ? properties.EncodedLength : properties.CopyTo(_destination[_length..]);
        }
    }

    private void BeginData(PropertyIdentifier identifier)
    {
        if (!_isMeasuring)
        {
            _destination[_length] = (byte)identifier;
        }

        _length++;
    }

    private void AppendData(scoped ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, ushort.MaxValue, nameof(value));
        if (!_isMeasuring)
        {
            value.CopyTo(_destination[(_length + 2)..]);
            BinaryPrimitives.WriteUInt16BigEndian(_destination[_length..], (ushort)value.Length);
        }

        _length += 2 + value.Length;
    }

    private void AppendText(scoped ReadOnlySpan<char> value)
    {
        var byteCount = _isMeasuring ? Encoding.UTF8.GetByteCount(value) : Encoding.UTF8.GetBytes(value, _destination[(_length + 2)..]);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteCount, ushort.MaxValue, nameof(value));
        if (!_isMeasuring)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_destination[_length..], (ushort)byteCount);
        }

        _length += 2 + byteCount;
    }
}
