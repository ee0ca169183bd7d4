using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Godwit.Broker;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Samples.Tests.Snippets;

/// <summary>The code of docs/client.md: connecting, publishing, errors, wills, sessions.</summary>
public sealed class ClientSnippets : SnippetTest
{
    [Fact]
    public async Task Connect_with_options()
    {
        var server = Server;

        // snippet: connect
        await using var client = await MqttClient.ConnectAsync(server, new MqttClientOptions
        {
            ClientId = "greenhouse-1",
            Credentials = new MqttCredentials("anna", "secret"),
            KeepAlive = 30, // seconds
            ConnectTimeout = TimeSpan.FromSeconds(5),
        });
        var connection = client.Connection; // what the server said in its CONNACK
        Console.WriteLine($"{client.ClientId}, keep-alive {connection.KeepAlive} s, at most QoS {(int)connection.MaximumQoS}");
        // end

        Assert.Equal("greenhouse-1", client.ClientId);
        Assert.Equal(30, connection.KeepAlive);
    }

    [Fact]
    public async Task Options_are_copied_with_changes()
    {
        var server = Server;

        // snippet: options
        var options = new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311, KeepAlive = 30 };
        await using var first = await MqttClient.ConnectAsync(server, options with { ClientId = "greenhouse-1" });
        await using var second = await MqttClient.ConnectAsync(server, options with { ClientId = "greenhouse-2" });
        // end

        Assert.Equal(("greenhouse-1", "greenhouse-2"), (first.ClientId, second.ClientId));
    }

    [Fact]
    public async Task Connect_over_a_stream()
    {
        var (host, port) = (Running.Listeners[0].EndPoint.Address, Running.Listeners[0].EndPoint.Port);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(host, port, Limit);
        await using var client = await MqttClient.ConnectAsync(new NetworkStream(socket), cancellationToken: Limit);
        Assert.True(client.IsConnected);
        await Assert.ThrowsAnyAsync<IOException>(() => ConnectWithTlsAsync(host.ToString(), port)); // this broker speaks no TLS
    }

    [Fact]
    public async Task Publish_at_each_QoS()
    {
        await using var client = await MqttClient.ConnectAsync(Server, cancellationToken: Limit);

        // snippet: publish
        await client.PublishAsync("garden/temperature", "21.5"); // QoS 0: in the connection's output
        var result = await client.PublishAsync("garden/door", "open", QualityOfService.AtLeastOnce, retain: true);
        Console.WriteLine(result.Reason); // Success, or NoMatchingSubscribers
        await client.PublishAsync("garden/image", new byte[] { 1, 2, 3 }, QualityOfService.ExactlyOnce);
        // end

        Assert.Equal(ReasonCode.NoMatchingSubscribers, result.Reason);
    }

    [Fact]
    public async Task Publish_many()
    {
        await using var client = await MqttClient.ConnectAsync(Server, cancellationToken: Limit);

        // snippet: publish-many
        var publications = new List<Task<PublishResult>>();
        for (var i = 0; i < 5000; i++)
        {
            publications.Add(client.PublishAsync("garden/counter", $"{i}", QualityOfService.AtLeastOnce).AsTask());
        }

        await Task.WhenAll(publications);
        // end

        Assert.All(publications, each => Assert.False(each.Result.Reason.IsFailure()));
    }

    [Fact]
    public async Task Publish_with_properties()
    {
        await using var client = await MqttClient.ConnectAsync(Server, cancellationToken: Limit);
        await using var subscription = await client.SubscribeAsync("garden/report", cancellationToken: Limit);

        // snippet: properties
        await client.PublishAsync(new MqttMessage
        {
            Topic = "garden/report",
            Payload = Encoding.UTF8.GetBytes("""{"plants": 12}"""),
            QoS = QualityOfService.AtLeastOnce,
            IsPayloadText = true,
            ContentType = "application/json",
            MessageExpiryInterval = 3600, // seconds
            ResponseTopic = "garden/answers",
            CorrelationData = new byte[] { 1, 2 },
            UserProperties = [new MqttUserProperty("site", "north")],
        });
        // end

        var received = (await subscription.ReadAsync(Limit))!;
        Assert.Equal(("application/json", "garden/answers", "north"), (received.ContentType!, received.ResponseTopic!, received.UserProperties[0].Value));
    }

    [Fact]
    public async Task Errors_have_reason_codes()
    {
        var outcome = await PublishOrExplainAsync("mqtt://127.0.0.1:1", "garden/temperature");
        Assert.Contains("cannot be reached", outcome, StringComparison.Ordinal);
        Assert.Equal("refused: TopicNameInvalid", await PublishOrExplainAsync(Server, "garden/+"));
        Assert.Equal("settled: NoMatchingSubscribers", await PublishOrExplainAsync(Server, "garden/temperature"));
    }

    [Fact]
    public async Task Will_and_its_ways()
    {
        var server = Server;
        await using var watcher = await MqttClient.ConnectAsync(server, cancellationToken: Limit);
        await using var states = await watcher.SubscribeAsync("devices/#", cancellationToken: Limit);

        // snippet: will
        var options = new MqttClientOptions
        {
            Will = new MqttWill(
                new MqttMessage { Topic = "devices/pump", Payload = "gone"u8.ToArray(), QoS = QualityOfService.AtLeastOnce, Retain = true },
                DelayInterval: 5),
        };
        var client = await MqttClient.ConnectAsync(server, options);
        await client.DisconnectAsync(ReasonCode.DisconnectWithWillMessage); // without a reason the will is dropped
        // end

        Assert.Equal("gone", (await states.ReadAsync(Limit))!.GetPayloadText());
    }

    [Fact]
    public async Task Session_goes_on()
    {
        var server = Server;

        // snippet: resume
        var options = new MqttClientOptions { ClientId = "worker-1", CleanStart = false, SessionExpiryInterval = 3600 };
        var first = await MqttClient.ConnectAsync(server, options);
        await first.SubscribeAsync("jobs/#");
        await first.DisposeAsync();

        // What is published meanwhile waits in the server.
        await PublishAsync("jobs/1", "water the plants");

        await using var second = await MqttClient.ConnectAsync(server, options with { SessionState = first.SessionState });
        if (second.Connection.SessionPresent)
        {
            await foreach (var message in second.Messages) // what no stream of this connection has claimed
            {
                Console.WriteLine($"{message.Topic}: {message.GetPayloadText()}");
                break;
            }
        }
        // end

        Assert.True(second.Connection.SessionPresent);
    }

    [Fact]
    public async Task Reconnect_by_hand()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Limit);
        var handled = new List<string>();
        var last = new TaskCompletionSource();
        var working = WorkAsync(
            Server,
            message =>
            {
                handled.Add(message.GetPayloadText());
                if (handled[^1] == "two")
                {
                    last.SetResult();
                }

                return Task.CompletedTask;
            },
            stop.Token);
        while (await Running.PublishAsync(BrokerMessage.FromText("jobs/1", "one", QualityOfService.AtLeastOnce), Limit) == ReasonCode.NoMatchingSubscribers)
        {
            await Task.Delay(5, Limit);
        }

        // Another client of the same identifier takes the session over, and lets go of it.
        await using (await MqttClient.ConnectAsync(Server, new MqttClientOptions { ClientId = "worker-1", CleanStart = false, SessionExpiryInterval = 3600 }, Limit))
        {
        }

        await PublishAsync("jobs/2", "two");
        await last.Task.WaitAsync(Limit);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);
        Assert.Equal(["one", "two"], handled.Distinct()); // QoS 1: "one" may have come twice
    }

    // snippet: errors
    private static async Task<string> PublishOrExplainAsync(string server, string topic)
    {
        try
        {
            await using var client = await MqttClient.ConnectAsync(server);
            var result = await client.PublishAsync(topic, "21.5", QualityOfService.AtLeastOnce);
            return $"settled: {result.Reason}";
        }
        catch (MqttConnectException error)
        {
            return error.Message; // not reached, no answer in time, or refused: then error.Result is the CONNACK
        }
        catch (MqttConnectionClosedException error)
        {
            return $"{error.Disconnection.Cause}: {error.Message}"; // whether the server has the message is not known
        }
        catch (MqttException error)
        {
            return $"refused: {error.ReasonCode}";
        }
    }
    // end

    // snippet: tls
    private static async Task<MqttClient> ConnectWithTlsAsync(string host, int port = 8883)
    {
        var tcp = new TcpClient { NoDelay = true };
        try
        {
            await tcp.ConnectAsync(host, port);
            var tls = new SslStream(tcp.GetStream());
            await tls.AuthenticateAsClientAsync(host);
            return await MqttClient.ConnectAsync(tls); // the client disposes the stream
        }
        catch
        {
            tcp.Dispose();
            throw;
        }
    }
    // end

    // snippet: reconnect
    private static async Task WorkAsync(string server, Func<MqttMessage, Task> handle, CancellationToken stopping)
    {
        var options = new MqttClientOptions { ClientId = "worker-1", CleanStart = false, SessionExpiryInterval = 3600 };
        while (true)
        {
            try
            {
                await using var client = await MqttClient.ConnectAsync(server, options, stopping);
                options = options with { SessionState = client.SessionState };
                var jobs = await client.SubscribeAsync("jobs/#", cancellationToken: stopping);
                await foreach (var message in jobs.WithCancellation(stopping))
                {
                    await handle(message);
                }
            }
            catch (MqttException error)
            {
                Console.WriteLine(error.Message);
            }

            await Task.Delay(TimeSpan.FromSeconds(1), stopping);
        }
    }
    // end
}
