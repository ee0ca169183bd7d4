using System.Text;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Crash;

/// <summary>Publishes to its topics in turn, and takes its session along from connection to connection.</summary>
internal sealed class GodwitPublisher(Ledger ledger, string address, string name, ProtocolVersion version, PublishedTopic[] topics, int rate, int seed)
{
    private const int Window = 40;
    private const int LargeBytes = 20_000;

    private readonly Random _random = new(seed);
    private readonly Queue<(PublishedTopic Topic, int Number)> _again = new();
    private readonly Queue<(PublishedTopic Topic, int Number)> _carried = new();
    private readonly Queue<(PublishedTopic Topic, int Number, Task<PublishResult> Result)> _underWay = new();
    private int _turn;
    private double _credit;
    private int _creditAt;

    /// <summary>Runs until it is told to stop and everything it has sent is settled.</summary>
    internal async Task RunAsync(CancellationToken stopping, CancellationToken giveUp)
    {
        var options = SessionOptions.Of(name, version) with { SendMaximumExactlyOnce = 1024 };
        bool isKnown = false;
        while (true)
        {
            try
            {
                await using var client = await MqttClient.ConnectAsync(address, options, giveUp);
                if (isKnown && !client.Connection.SessionPresent)
                {
                    ledger.Violate($"session: the broker has forgotten {name} at {Ledger.Time(ledger.Now)}");
                }

                isKnown = true;
                options = options with { SessionState = client.SessionState };
                if (await ResumeAsync(client, giveUp) && await PublishAsync(client, stopping, giveUp))
                {
                    return;
                }
            }
            catch (MqttException)
            {
                await Task.Delay(_random.Next(1, 20), giveUp);
            }
        }
    }

    // The client sends by itself again what its session holds. False: the connection is gone.
    private async Task<bool> ResumeAsync(MqttClient client, CancellationToken giveUp)
    {
        while (client.SessionState.UnsettledPublications > 0)
        {
            if (client.Closed.IsCompleted)
            {
                return false;
            }

            await Task.Delay(2, giveUp);
        }

        while (_carried.TryDequeue(out var carried))
        {
            carried.Topic.Settle(carried.Number, ledger.Now);
        }

        return true;
    }

    // False: the connection is gone.
    private async Task<bool> PublishAsync(MqttClient client, CancellationToken stopping, CancellationToken giveUp)
    {
        _creditAt = ledger.Now;
        while (true)
        {
            while (_underWay.Count < Window && TryNext(stopping.IsCancellationRequested, out var topic, out int number))
            {
                var message = new MqttMessage
                {
                    Topic = topic.Name,
                    Payload = Encoding.ASCII.GetBytes($"{topic.Name}|{number}|{new string('x', _random.Next(200) == 0 ? LargeBytes : _random.Next(100))}"),
                    QoS = (QualityOfService)topic.QoS,
                    Retain = topic.IsRetained,
                };
                _underWay.Enqueue((topic, number, client.PublishAsync(message, CancellationToken.None).AsTask()));
            }

            if (_underWay.TryPeek(out var first))
            {
                try
                {
                    await first.Result.WaitAsync(giveUp);
                    first.Topic.Settle(first.Number, ledger.Now);
                }
                catch (MqttConnectionClosedException)
                {
                    await CarryAsync(client);
                    throw;
                }
                catch (MqttException error)
                {
                    ledger.Violate($"refused: {first.Topic.Name} #{first.Number}: {error.Message}");
                }

                _underWay.Dequeue();
            }
            else if (stopping.IsCancellationRequested && _again.Count == 0)
            {
                return true;
            }
            else if (client.Closed.IsCompleted)
            {
                return false;
            }
            else
            {
                await Task.Delay(2, giveUp);
            }
        }
    }

    // Of what was not settled the session holds what was sent, which is the first of it; the rest is published anew.
    private async Task CarryAsync(MqttClient client)
    {
        await client.Closed;
        int held = client.SessionState.UnsettledPublications;
        var rest = new Queue<(PublishedTopic Topic, int Number)>();
        while (_underWay.TryDequeue(out var one))
        {
            try
            {
                await one.Result;
                one.Topic.Settle(one.Number, ledger.Now);
            }
            catch (MqttException)
            {
                (held-- > 0 ? _carried : rest).Enqueue((one.Topic, one.Number));
            }
        }

        while (_again.TryDequeue(out var later))
        {
            rest.Enqueue(later);
        }

        while (rest.TryDequeue(out var one))
        {
            _again.Enqueue(one);
        }
    }

    private bool TryNext(bool isStopping, out PublishedTopic topic, out int number)
    {
        if (_again.TryDequeue(out var again))
        {
            (topic, number) = again;
            return true;
        }

        topic = topics[_turn % topics.Length];
        number = -1;
        if (isStopping)
        {
            return false;
        }

        int now = ledger.Now;
        _credit = Math.Min(_credit + ((now - _creditAt) * rate / 1000.0), Window);
        _creditAt = now;
        if (_credit < 1)
        {
            return false;
        }

        _credit--;
        _turn++;
        number = topic.Send(now);
        return true;
    }
}
