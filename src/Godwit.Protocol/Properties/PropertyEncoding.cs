namespace Godwit.Protocol;

/// <summary>Data types of property values (section 1.5).</summary>
internal enum PropertyEncoding : byte
{
    Unknown = 0,
    Byte,
    TwoBytes,
    FourBytes,
    Variable,
    Text,
    Binary,
    Pair,
}
