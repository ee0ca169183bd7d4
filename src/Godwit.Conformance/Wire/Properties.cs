namespace Godwit.Conformance.Wire;

/// <summary>Properties of one packet in the order in which they are added; doubles and wrong types are possible on purpose.</summary>
public sealed class Properties
{
    private readonly Bytes _bytes = new();

    /// <summary>Adds a property whose value is one byte.</summary>
    public Properties Byte(int id, int value)
    {
        _bytes.VarInt(id).Byte(value);
        return this;
    }

    /// <summary>Adds a property whose value is a two byte integer.</summary>
    public Properties TwoByte(int id, int value)
    {
        _bytes.VarInt(id).TwoByte(value);
        return this;
    }

    /// <summary>Adds a property whose value is a four byte integer.</summary>
    public Properties FourByte(int id, uint value)
    {
        _bytes.VarInt(id).FourByte(value);
        return this;
    }

    /// <summary>Adds a property whose value is a variable byte integer.</summary>
    public Properties VarInt(int id, int value)
    {
        _bytes.VarInt(id).VarInt(value);
        return this;
    }

    /// <summary>Adds a property whose value is a string.</summary>
    public Properties Text(int id, string value)
    {
        _bytes.VarInt(id).Text(value);
        return this;
    }

    /// <summary>Adds a property whose value is binary data, or an ill-formed string.</summary>
    public Properties Binary(int id, params ReadOnlySpan<byte> value)
    {
        _bytes.VarInt(id).Binary(value);
        return this;
    }

    /// <summary>Adds a User Property.</summary>
    public Properties User(string name, string value)
    {
        _bytes.VarInt(PropertyId.UserProperty).Text(name).Text(value);
        return this;
    }

    /// <summary>Adds bytes as they are.</summary>
    public Properties Raw(params ReadOnlySpan<byte> value)
    {
        _bytes.Raw(value);
        return this;
    }

    /// <summary>The properties without their length.</summary>
    public byte[] ToArray() => _bytes.ToArray();
}
