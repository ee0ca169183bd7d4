using Godwit.Client.Connections;
using Godwit.Client.Streams;
using Godwit.Protocol;

namespace Godwit.Client;

public sealed partial class MqttClient
{
    /// <summary>Subscribes to a topic filter.</summary>
    /// <param name="filter">The filter, for example <c>sensors/+/temperature</c>, <c>a/#</c> or <c>$share/group/a</c>.</param>
    /// <param name="maximumQoS">Highest QoS wanted; the default delivers each message at the QoS at which it was published.</param>
    /// <param name="cancellationToken">Waits no longer, and ends the subscription again.</param>
    /// <returns>The stream of its messages, once the server has granted it. Messages that come before it is read are kept.</returns>
    /// <exception cref="MqttException">The server refused, or the filter is not valid or not possible with this server.</exception>
    /// <exception cref="MqttConnectionClosedException">The connection has ended.</exception>
    public Task<MqttSubscription> SubscribeAsync(
        string filter,
        QualityOfService maximumQoS = QualityOfService.ExactlyOnce,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return SubscribeAsync(new MqttSubscriptionOptions(new MqttTopicFilter(filter) { MaximumQoS = maximumQoS }), cancellationToken);
    }

    /// <summary>Subscribes to one or more topic filters, whose messages come in one stream.</summary>
    /// <param name="options">Filters and their options.</param>
    /// <param name="cancellationToken">Waits no longer, and ends the subscription again.</param>
    /// <returns>
    /// The stream, once the server has granted at least one filter: see <see cref="MqttSubscription.GrantedReasons"/>. A filter that another
    /// stream of this client reads too is subscribed to again with the new options, and both streams get its messages.
    /// </returns>
    /// <exception cref="MqttException">The server refused all filters, or one is not valid or not possible with this server.</exception>
    /// <exception cref="MqttConnectionClosedException">The connection has ended.</exception>
    public async Task<MqttSubscription> SubscribeAsync(MqttSubscriptionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(options.Filters.Count, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Capacity, 1, nameof(options));
        cancellationToken.ThrowIfCancellationRequested();

        RequestOperation operation;
        List<ICompletion>? completions;
        lock (_gate)
        {
            operation = new RequestOperation
            {
                IsSubscribe = true,
                Filters = options.Filters,
                UserProperties = options.UserProperties,
                Stream = new MessageStream(_callbacks, options.Capacity),
                SubscriptionIdentifier = _session.Connection.SubscriptionIdentifierAvailable ? SessionState.LastSubscriptionIdentifier + 1 : 0,
            };
            Send(operation);
            if (operation.SubscriptionIdentifier != 0)
            {
                SessionState.LastSubscriptionIdentifier = operation.SubscriptionIdentifier % VariableByteInteger.MaxValue;
            }

            // From now on the server may send messages, before its SUBACK too.
            _router.Register(operation.Stream, options.Filters, operation.SubscriptionIdentifier);
            completions = EndTurn();
        }

        _completions.Run(completions);
        var subscription = new MqttSubscription(this, options.Filters, operation);
        try
        {
            await operation.Answered.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = LeaveAsync(operation.Stream);
            throw;
        }

        for (var index = 0; index < operation.Reasons.Length; index++)
        {
            if (!operation.Reasons[index].IsFailure())
            {
                return subscription;
            }
        }

        throw new MqttException(
            operation.Reasons[0],
            MqttException.InWords($"The server refused the subscription to '{options.Filters[0].Filter}'", operation.Reasons[0], operation.ReasonString))
        {
            ReasonString = operation.ReasonString,
        };
    }

    /// <summary>
    /// Ends the server's subscription to a filter. The streams that read it, and no other filter, end when they are read empty.
    /// </summary>
    /// <param name="filter">The filter as it was subscribed to, in this connection or an earlier one of the session.</param>
    /// <param name="cancellationToken">Waits no longer; the request stays on its way.</param>
    /// <returns><see cref="ReasonCode.Success"/>, or <see cref="ReasonCode.NoSubscriptionExisted"/> from a 5.0 server.</returns>
    /// <exception cref="MqttException">The server refused.</exception>
    /// <exception cref="MqttConnectionClosedException">The connection has ended.</exception>
    public Task<ReasonCode> UnsubscribeAsync(string filter, CancellationToken cancellationToken = default) => UnsubscribeAsync(filter, [], cancellationToken);

    /// <summary>Otherwise as <see cref="UnsubscribeAsync(string, CancellationToken)"/>.</summary>
    /// <param name="filter">The filter as it was subscribed to.</param>
    /// <param name="userProperties">User Properties of the UNSUBSCRIBE. 5.0 only.</param>
    /// <param name="cancellationToken">Waits no longer; the request stays on its way.</param>
    /// <returns>See the other overload.</returns>
    public async Task<ReasonCode> UnsubscribeAsync(string filter, IReadOnlyList<MqttUserProperty> userProperties, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(userProperties);
        cancellationToken.ThrowIfCancellationRequested();
        RequestOperation operation;
        List<ICompletion>? completions;
        lock (_gate)
        {
            operation = new RequestOperation { IsSubscribe = false, Filters = [new MqttTopicFilter(filter)], UserProperties = userProperties };
            Send(operation);
            _router.BeginClosing(filter);
            completions = EndTurn();
        }

        _completions.Run(completions);
        await operation.Answered.WaitAsync(cancellationToken).ConfigureAwait(false);
        var reason = operation.Reasons[0];
        return !reason.IsFailure()
            ? reason
            : throw new MqttException(reason, MqttException.InWords($"The server refused to end the subscription to '{filter}'", reason, operation.ReasonString))
            {
                ReasonString = operation.ReasonString,
            };
    }

    /// <summary>The stream is read no longer: its filters are unsubscribed from unless other streams read them, its messages acknowledged.</summary>
    internal async Task LeaveAsync(MessageStream stream)
    {
        RequestOperation? operation = null;
        List<ICompletion>? completions;
        lock (_gate)
        {
            var orphans = _router.Leave(stream);
            stream.Complete(null);
            if (!_session.IsClosed)
            {
                foreach (var (_, delivery) in stream.Drain())
                {
                    _ = delivery == 0 || _session.TryTake(delivery);
                }

                if (orphans.Count > 0)
                {
                    operation = new RequestOperation { IsSubscribe = false, Filters = [.. orphans.Select(filter => new MqttTopicFilter(filter))] };
                    Send(operation);
                }
            }

            completions = EndTurn();
        }

        _completions.Run(completions);
        if (operation is not null)
        {
            try
            {
                await operation.Answered.ConfigureAwait(false);
            }
            catch (MqttConnectionClosedException)
            {
                // Gone with the connection.
            }
        }
    }

    internal long GetDiscardedCount(MessageStream stream)
    {
        lock (_gate)
        {
            return stream.DiscardedCount;
        }
    }

    private void Send(RequestOperation operation)
    {
        if (_session.IsClosed)
        {
            throw CreateClosedException();
        }

        if (!_session.TryRequest(operation, out var reason, out var message))
        {
            throw new MqttException(reason, message);
        }
    }

    private void HandleSubscribed(RequestOperation operation)
    {
        // A refused filter has no messages to come. What another stream subscribed to before stays as it was (section 3.8.4).
        var stream = operation.Stream!;
        var isRefused = true;
        for (var index = 0; index < operation.Reasons.Length; index++)
        {
            if (operation.Reasons[index].IsFailure())
            {
                _router.Refuse(stream, operation.Filters[index].Filter);
            }
            else
            {
                isRefused = false;
            }
        }

        if (isRefused)
        {
            _router.Leave(stream);
            _router.Unclaimed.Restore(stream.Drain());
        }
    }
}
