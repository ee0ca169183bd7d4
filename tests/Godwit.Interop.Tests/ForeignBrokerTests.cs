using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Interop.Tests;

/// <summary>What the tests of Godwit.Client against foreign brokers share.</summary>
public abstract class ForeignBrokerTests(ForeignBrokers brokers)
{
    private static readonly ForeignBroker[] Brokers = Enum.GetValues<ForeignBroker>();
    private static readonly ProtocolVersion[] Versions = [ProtocolVersion.Mqtt31, ProtocolVersion.Mqtt311, ProtocolVersion.Mqtt5];

    /// <summary>Every broker at every version and QoS.</summary>
    public static TheoryData<ForeignBroker, ProtocolVersion, QualityOfService> EveryQoS => Combine(QualityOfService.AtMostOnce);

    /// <summary>Every broker at every version, QoS 1 and 2.</summary>
    public static TheoryData<ForeignBroker, ProtocolVersion, QualityOfService> AcknowledgedQoS => Combine(QualityOfService.AtLeastOnce);

    /// <summary>Every broker at every version.</summary>
    public static TheoryData<ForeignBroker, ProtocolVersion> EveryVersion
    {
        get
        {
            var data = new TheoryData<ForeignBroker, ProtocolVersion>();
            foreach (var broker in Brokers)
            {
                foreach (var version in Versions)
                {
                    data.Add(broker, version);
                }
            }

            return data;
        }
    }

    internal int GetPort(ForeignBroker broker) => brokers.GetPort(broker);

    internal async Task<MqttClient> ConnectAsync(ForeignBroker broker, ProtocolVersion version, Func<MqttClientOptions, MqttClientOptions>? configure = null)
    {
        var options = new MqttClientOptions { ProtocolVersion = version, ClientId = Unique.Name("g") };
        return await MqttClient.ConnectAsync($"mqtt://127.0.0.1:{GetPort(broker)}", configure?.Invoke(options) ?? options).WaitAsync(TimeLimits.Event);
    }

    /// <summary>Connects over a connection that can be cut, with a session that outlives it.</summary>
    internal async Task<(MqttClient Client, CuttableStream Link)> ConnectCuttableAsync(
        ForeignBroker broker,
        ProtocolVersion version,
        Func<MqttClientOptions, MqttClientOptions>? configure = null)
    {
        var link = await CuttableStream.OpenAsync(GetPort(broker));
        var options = KeepSession(new MqttClientOptions { ProtocolVersion = version, ClientId = Unique.Name("g") });
        return (await MqttClient.ConnectAsync(link, configure?.Invoke(options) ?? options).WaitAsync(TimeLimits.Event), link);
    }

    /// <summary>Goes on with the session of a client whose connection has ended.</summary>
    internal Task<MqttClient> ResumeAsync(ForeignBroker broker, MqttClient former, ProtocolVersion version) =>
        ConnectAsync(broker, version, options => KeepSession(options) with { ClientId = "", SessionState = former.SessionState });

    internal static MqttClientOptions KeepSession(MqttClientOptions options) => options with
    {
        CleanStart = false,
        SessionExpiryInterval = options.ProtocolVersion == ProtocolVersion.Mqtt5 ? 60u : 0,
    };

    /// <summary>The next message of a subscription.</summary>
    internal static async Task<MqttMessage> ReadAsync(MqttSubscription subscription)
    {
        using var limit = new CancellationTokenSource(TimeLimits.Event);
        return await subscription.ReadAsync(limit.Token) ?? throw new MqttExpectationException("the stream has ended");
    }

    /// <summary>The next messages of a stream.</summary>
    internal static async Task<List<MqttMessage>> ReadAsync(IAsyncEnumerable<MqttMessage> messages, int count)
    {
        using var limit = new CancellationTokenSource(TimeLimits.Event);
        List<MqttMessage> read = [];
        await foreach (var message in messages.WithCancellation(limit.Token))
        {
            read.Add(message);
            if (read.Count == count)
            {
                return read;
            }
        }

        throw new MqttExpectationException($"the stream has ended after {read.Count} messages");
    }

    private static TheoryData<ForeignBroker, ProtocolVersion, QualityOfService> Combine(QualityOfService lowest)
    {
        var data = new TheoryData<ForeignBroker, ProtocolVersion, QualityOfService>();
        foreach (var broker in Brokers)
        {
            foreach (var version in Versions)
            {
                for (var qos = lowest; qos <= QualityOfService.ExactlyOnce; qos++)
                {
                    data.Add(broker, version, qos);
                }
            }
        }

        return data;
    }
}
