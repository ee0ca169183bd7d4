using System.Globalization;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Crash;

/// <summary>Subscribes anew again and again, and compares the retained values with what was acknowledged before.</summary>
internal sealed class RetainedProbe(Ledger ledger, string address)
{
    private const string Filter = "crash/kept/#";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    internal int Count { get; private set; }

    internal async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await LookAsync(isFinal: false, stopping);
                await Task.Delay(100, stopping);
            }
            catch (MqttException)
            {
                await Task.Delay(20, CancellationToken.None);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>One look at all retained values.</summary>
    /// <param name="isFinal">Nothing is being published: the values have to be the last ones.</param>
    /// <param name="stopping">Look no longer.</param>
    internal async Task LookAsync(bool isFinal, CancellationToken stopping)
    {
        var wanted = ledger.Topics.Where(topic => topic.IsRetained && topic.LastSettled >= 0).ToDictionary(topic => topic.Name, topic => topic.LastSettled);
        await using var client = await MqttClient.ConnectAsync(address, cancellationToken: stopping);
        var values = await client.SubscribeAsync(Filter, QualityOfService.AtLeastOnce, stopping);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Patience);
        try
        {
            while (wanted.Count > 0)
            {
                var message = await values.ReadAsync(limit.Token) ?? throw new InvalidOperationException("The stream of a connected client has ended.");
                if (!wanted.Remove(message.Topic, out int least))
                {
                    continue;
                }

                int number = int.Parse(message.GetPayloadText().Split('|')[1], CultureInfo.InvariantCulture);
                if (number < least || (isFinal && number != ledger.Find(message.Topic)!.SentCount - 1))
                {
                    ledger.Violate($"retained: {message.Topic} has #{number} at {Ledger.Time(ledger.Now)}, but #{least} was acknowledged. Broker: {ledger.EventsAround(ledger.Now, ledger.Now)}");
                }
            }

            Count++;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            foreach (var (topic, number) in wanted)
            {
                ledger.Violate($"retained: no value of {topic} at {Ledger.Time(ledger.Now)}, but #{number} was acknowledged");
            }
        }
    }
}
