namespace Godwit.Protocol;

/// <summary>One User Property (section 3.1.2.11.8): two UTF-8 strings, each possibly empty.</summary>
public readonly ref struct UserProperty
{
    internal UserProperty(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>The name, UTF-8. Names may repeat.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value, UTF-8.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Gives name and value.</summary>
    /// <param name="name">The name, UTF-8.</param>
    /// <param name="value">The value, UTF-8.</param>
    public void Deconstruct(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = Name;
        value = Value;
    }
}
