using System.Text;

namespace Godwit.Client.Sessions;

/// <summary>
/// The topics seen lately, so that a message of one of them costs no string. Direct-mapped: a topic that falls on the
/// place of another replaces it.
/// </summary>
internal sealed class TopicCache
{
    private const int Places = 256; // a power of two
    private const int CachedLengthMax = 256;
    private readonly ReceivedTopic?[] _places = new ReceivedTopic?[Places];

    public ReceivedTopic Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > CachedLengthMax)
        {
            return Create(utf8);
        }

        ref var place = ref _places[GetPlace(utf8)];
        return place is not null && utf8.SequenceEqual(place.Utf8) ? place : place = Create(utf8);
    }

    private static ReceivedTopic Create(ReadOnlySpan<byte> utf8) => new(Encoding.UTF8.GetString(utf8), utf8.ToArray());

    // FNV-1a. A server that makes topics collide costs the client the string that it would have cost without a cache.
    private static uint GetPlace(ReadOnlySpan<byte> utf8)
    {
        var hash = 2166136261u;
        foreach (var value in utf8)
        {
            hash = (hash ^ value) * 16777619;
        }

        return (hash ^ hash >> 16) & (Places - 1);
    }
}
