using System.Text;
using Godwit.Broker.InProcess;
using Godwit.Broker.Loops.InProcess;
using Godwit.Protocol;

namespace Godwit.Broker;

/// <summary>
/// Messages of one subscription of the process itself. Read by one reader at a time; a message of QoS 1 or 2 is acknowledged
/// when the reader takes it. Ends when disposed, or quietly when the broker stops.
/// </summary>
public sealed class BrokerSubscription : IAsyncEnumerable<BrokerMessage>, IAsyncDisposable
{
    private readonly InProcessConnection _connection;

    private BrokerSubscription(InProcessConnection connection, string topicFilter)
    {
        _connection = connection;
        TopicFilter = topicFilter;
    }

    /// <summary>The Topic Filter, with its <c>$share</c> part if it has one.</summary>
    public string TopicFilter { get; }

    /// <summary>The next message; null when the subscription has ended.</summary>
    public ValueTask<BrokerMessage?> ReadAsync(CancellationToken cancellation = default) => _connection.ReadAsync(cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerator<BrokerMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await _connection.ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            yield return message;
        }
    }

    /// <summary>Unsubscribes. What had been handed to this subscription of a shared group and was not read returns to the group.</summary>
    public ValueTask DisposeAsync()
    {
        _connection.Close();
        return ValueTask.CompletedTask;
    }

    internal static async Task<BrokerSubscription> OpenAsync(InProcessDriver driver, string topicFilter, BrokerSubscribeOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Capacity, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Capacity, ushort.MaxValue, nameof(options));
        byte[] filter = Encoding.UTF8.GetBytes(topicFilter);
        var connection = await InProcessConnection.OpenAsync(driver, $"$godwit/subscriber/{Guid.NewGuid():n}", options.Capacity).ConfigureAwait(false);
        try
        {
            var reason = await connection.RequestAsync(identifier => Encode(identifier, filter, options)).ConfigureAwait(false);
            return reason.IsFailure() ? throw new BrokerSubscriptionException(topicFilter, reason) : new BrokerSubscription(connection, topicFilter);
        }
        catch
        {
            connection.Close();
            throw;
        }
    }

    private static byte[] Encode(ushort identifier, byte[] filter, BrokerSubscribeOptions options)
    {
        byte[] items = new byte[filter.Length + 3];
        var writer = new TopicFilterWriter(items);
        writer.Add(filter, new SubscriptionOptions(options.MaximumQoS, noLocal: false, options.RetainAsPublished, options.RetainHandling));
        var packet = new SubscribePacket { PacketIdentifier = identifier, RawItems = writer.Written };
        byte[] bytes = new byte[packet.GetEncodedLength(ProtocolVersion.Mqtt5)];
        packet.Encode(bytes, ProtocolVersion.Mqtt5);
        return bytes;
    }
}
