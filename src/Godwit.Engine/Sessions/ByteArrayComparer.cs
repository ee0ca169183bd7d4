using System.Diagnostics.CodeAnalysis;
using Godwit.Engine.Messages;

namespace Godwit.Engine.Sessions;

/// <summary>Byte arrays as keys, by content, also looked up by span.</summary>
internal sealed class ByteArrayComparer(ulong seed) : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    /// <summary>For tables whose keys come from one client only, who could spoil nobody's time but its own.</summary>
    public static readonly ByteArrayComparer Instance = new(0);

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)TopicHash.Compute(alternate, seed);

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
