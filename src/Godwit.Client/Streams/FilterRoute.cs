using System.Text;
using Godwit.Protocol;

namespace Godwit.Client.Streams;

/// <summary>One topic filter to which this client is subscribed, and the streams that get its messages.</summary>
internal sealed class FilterRoute
{
    private readonly byte[] _matched;

    public FilterRoute(string filter)
    {
        Filter = filter;
        var utf8 = Encoding.UTF8.GetBytes(filter);
        SharedFilter.TryParse(utf8, out _, out var matched);
        _matched = matched.ToArray();
    }

    public string Filter { get; }

    /// <summary>The Subscription Identifier that the server has for the filter, or 0.</summary>
    public uint Identifier { get; set; }

    public List<MessageStream> Streams { get; } = [];

    /// <summary>An UNSUBSCRIBE is on its way: messages that still come are acknowledged and thrown away.</summary>
    public bool IsClosing { get; set; }

    public bool Matches(ReadOnlySpan<byte> topic) => TopicFilter.Matches(_matched, topic);
}
