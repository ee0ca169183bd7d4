using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Crash;

/// <summary>A subscriber with a session that is kept; of a shared group, one member.</summary>
internal sealed class GodwitSubscriber(Ledger ledger, string address, string name, ProtocolVersion version, Receiver receiver, int seed)
{
    private readonly Random _random = new(seed);
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isKnown;

    /// <summary>The subscriptions are acknowledged for the first time.</summary>
    internal Task Subscribed => _subscribed.Task;

    /// <summary>Seconds that it stays, at most; then it is away for up to <see cref="AwaySeconds"/>. 0: it stays.</summary>
    internal double StaySeconds { get; init; }

    internal double AwaySeconds { get; init; } = 2;

    /// <summary>It subscribes in the middle of things: what was published before need not come.</summary>
    internal bool IsLate { get; init; }

    internal async Task RunAsync(CancellationToken draining, CancellationToken ending)
    {
        var options = SessionOptions.Of(name, version);
        while (!ending.IsCancellationRequested)
        {
            using var stay = CancellationTokenSource.CreateLinkedTokenSource(ending);
            try
            {
                await using var client = await MqttClient.ConnectAsync(address, options, ending);
                if (_isKnown && !client.Connection.SessionPresent)
                {
                    ledger.Violate($"session: the broker has forgotten {name} at {Ledger.Time(ledger.Now)}");
                }

                _isKnown = true;
                options = options with { SessionState = client.SessionState };
                var messages = _subscribed.Task.IsCompleted ? client.Messages : await SubscribeAsync(client, ending);
                if (StaySeconds > 0 && !draining.IsCancellationRequested)
                {
                    stay.CancelAfter(TimeSpan.FromSeconds(StaySeconds * (0.2 + _random.NextDouble())));
                }

                await foreach (var message in messages.WithCancellation(stay.Token))
                {
                    receiver.Receive(name, message.Topic, message.GetPayloadText(), (int)message.QoS, message.Retain);
                }
            }
            catch (MqttException)
            {
                await Task.Delay(_random.Next(1, 20), CancellationToken.None);
            }
            catch (OperationCanceledException) when (!ending.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromSeconds(AwaySeconds * (0.2 + _random.NextDouble())), draining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<IAsyncEnumerable<MqttMessage>> SubscribeAsync(MqttClient client, CancellationToken ending)
    {
        string prefix = receiver.GroupName.Length > 0 ? $"$share/{receiver.GroupName}/" : "";
        var filters = receiver.Filters.Select(one => new MqttTopicFilter(prefix + one.Filter) { MaximumQoS = (QualityOfService)one.QoS });
        var subscription = await client.SubscribeAsync(new MqttSubscriptionOptions([.. filters]), ending);
        var granted = subscription.GrantedReasons.Select(reason => (int)reason);
        if (!granted.SequenceEqual(receiver.Filters.Select(one => one.QoS)))
        {
            ledger.Violate($"{name} was granted {string.Join(", ", subscription.GrantedReasons)}");
        }

        if (IsLate)
        {
            receiver.BeginNow();
        }

        _subscribed.TrySetResult();
        return subscription;
    }
}
