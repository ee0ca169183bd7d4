using Godwit.Client.Connections;
using Godwit.Client.Streams;
using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>
/// The messages of one subscription, in order: <c>await foreach (var message in subscription)</c>. A message of QoS 1 or 2 is acknowledged when
/// the reader takes it, in the order of arrival over all subscriptions of the client; so a reader that stops holds the server back rather than
/// losing messages. One reader at a time. Ends quietly when this client unsubscribes or disconnects, and with a
/// <see cref="MqttConnectionClosedException"/> when the connection ends otherwise. Disposing unsubscribes: dispose the client instead to keep the
/// subscription in a session that outlives the connection.
/// </summary>
public sealed class MqttSubscription : IAsyncEnumerable<MqttMessage>, IAsyncDisposable
{
    private readonly MqttClient _client;
    private readonly RequestOperation _operation;
    private readonly MessageStream _stream;

    internal MqttSubscription(MqttClient client, IReadOnlyList<MqttTopicFilter> filters, RequestOperation operation)
    {
        _client = client;
        _operation = operation;
        _stream = operation.Stream!;
        Filters = filters;
    }

    /// <summary>The filters that were subscribed to.</summary>
    public IReadOnlyList<MqttTopicFilter> Filters { get; }

    /// <summary>
    /// The server's answer to each filter: <see cref="ReasonCode.Success"/> (QoS 0), <see cref="ReasonCode.GrantedQoS1"/>,
    /// <see cref="ReasonCode.GrantedQoS2"/>, or why it was refused.
    /// </summary>
    public IReadOnlyList<ReasonCode> GrantedReasons => _operation.Reasons;

    /// <summary>QoS 0 messages of this stream that were discarded since it was full; see <see cref="MqttSubscriptionOptions.Capacity"/>.</summary>
    public long DiscardedCount => _client.GetDiscardedCount(_stream);

    /// <summary>Takes the next message if it is there.</summary>
    /// <param name="message">The message, when true.</param>
    public bool TryRead([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MqttMessage? message)
    {
        var isTaken = _stream.TryRead(out var taken);
        message = taken;
        return isTaken;
    }

    /// <summary>Takes the next message, or waits for it.</summary>
    /// <param name="cancellationToken">Waits no longer; no message is lost by that.</param>
    /// <returns>The message, or null when the stream has ended.</returns>
    /// <exception cref="MqttConnectionClosedException">The connection has ended, and not by this client.</exception>
    public ValueTask<MqttMessage?> ReadAsync(CancellationToken cancellationToken = default) => _stream.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerator<MqttMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default) => _stream.GetAsyncEnumerator(cancellationToken);

    /// <summary>Unsubscribes from the filters that no other stream of the client reads, and drops what is not taken.</summary>
    public async ValueTask DisposeAsync() => await _client.LeaveAsync(_stream).ConfigureAwait(false);
}
