using System.Globalization;
using System.Text.Json;

namespace Godwit.Interop.Tests;

/// <summary>mosquitto_pub, mosquitto_sub and mosquitto_rr as a shell user calls them.</summary>
public sealed class MosquittoClientTests(BrokerCells cells)
{
    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Message_of_each_qos_reaches_a_subscriber_of_each_qos(BrokerCell cell, MqttVersion version)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        List<ClientProcess> subscribers = [];
        try
        {
            for (var granted = 0; granted <= 2; granted++)
            {
                subscribers.Add(await SubscribeAsync(broker, version, ["-q", $"{granted}", "-C", "3", "-t", topic]));
            }

            for (var qos = 0; qos <= 2; qos++)
            {
                // Each from a connection of its own, between which there is no order: the next one when this one has arrived.
                await PublishAsync(broker, version, ["-t", topic, "-q", $"{qos}", "-m", $"q{qos}"]);
                for (var granted = 0; granted <= 2; granted++)
                {
                    var message = await ReceiveAsync(subscribers[granted]);
                    Assert.Equal(($"q{qos}", Math.Min(qos, granted), 0), (Text(message), Int(message, "qos"), Int(message, "retain")));
                }
            }

            foreach (var subscriber in subscribers)
            {
                await subscriber.ExpectSuccessAsync();
            }
        }
        finally
        {
            foreach (var subscriber in subscribers)
            {
                await subscriber.DisposeAsync();
            }
        }
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Five_thousand_lines_arrive_in_order(BrokerCell cell, MqttVersion version)
    {
        // Each version takes one QoS, so that all are covered without three times the messages.
        const int Count = 5000;
        Assert.SkipWhen(TestBroker.IsMosquitto && version == MqttVersion.V50, "mosquitto 2.0.11 sends its own client more than its Receive Maximum");
        var qos = version switch { MqttVersion.V31 => 0, MqttVersion.V311 => 1, _ => 2 };
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var subscriber = await SubscribeAsync(broker, version, ["-q", $"{qos}", "-C", $"{Count}", "-t", topic]);
        await using var publisher = Start("mosquitto_pub", broker, version, ["-l", "-q", $"{qos}", "-t", topic]);
        var writing = Task.Run(async () =>
        {
            for (var number = 0; number < Count; number++)
            {
                await publisher.Input.WriteLineAsync(number.ToString(CultureInfo.InvariantCulture));
            }

            publisher.Input.Close();
        });
        for (var number = 0; number < Count; number++)
        {
            Assert.Equal(number.ToString(CultureInfo.InvariantCulture), Text(await ReceiveAsync(subscriber)));
        }

        await writing;
        await publisher.ExpectSuccessAsync();
        await subscriber.ExpectSuccessAsync();
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Retained_messages_are_replayed_and_removed(BrokerCell cell, MqttVersion version)
    {
        var broker = await cells.GetAsync(cell);
        var root = Unique.Name();
        foreach (var name in new[] { "a", "b", "c" })
        {
            await PublishAsync(broker, version, ["-r", "-q", "1", "-t", $"{root}/{name}", "-m", name]);
        }

        await PublishAsync(broker, version, ["-r", "-q", "1", "-t", $"{root}/b", "-n"]);
        // The one removes what the other sees: first both retained messages, then both removals.
        await using (var witness = await SubscribeAsync(broker, version, ["-q", "1", "-C", "4", "-t", $"{root}/+"]))
        await using (var remover = await SubscribeAsync(broker, version, ["-q", "1", "-t", $"{root}/+", "--remove-retained"]))
        {
            List<JsonElement> messages = [];
            while (messages.Count < 4)
            {
                messages.Add(await ReceiveAsync(witness));
            }

            Assert.Equal(["a", "c"], messages.Take(2).Select(Text).Order());
            Assert.Equal(["", ""], messages.Skip(2).Select(Text));
            Assert.Equal([1, 1, 0, 0], messages.Select(message => Int(message, "retain")));
        }

        await PublishAsync(broker, version, ["-r", "-q", "1", "-t", $"{root}/last", "-m", "last"]);
        await using var last = await SubscribeAsync(broker, version, ["-q", "1", "-C", "1", "-t", $"{root}/#"]);
        Assert.Equal("last", Text(await ReceiveAsync(last)));
        await PublishAsync(broker, version, ["-r", "-q", "1", "-t", $"{root}/last", "-n"]);
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Will_of_a_killed_client_is_published(BrokerCell cell, MqttVersion version)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var watcher = await SubscribeAsync(broker, version, ["-q", "2", "-C", "1", "-t", topic]);
        await using (var polite = await SubscribeAsync(
            broker, version, ["-t", "x" + topic, "-C", "1", "--will-topic", topic, "--will-payload", "never", "--will-qos", "1"]))
        {
            await PublishAsync(broker, version, ["-t", "x" + topic, "-m", "go"]);
            await polite.ExpectSuccessAsync();
        }

        await using var killed = await SubscribeAsync(broker, version, ["-t", "x" + topic, "--will-topic", topic, "--will-payload", "gone", "--will-qos", "2"]);
        killed.Kill();
        var will = await ReceiveAsync(watcher);
        Assert.Equal(("gone", 2), (Text(will), Int(will, "qos")));
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Kept_session_gets_what_came_while_it_was_away(BrokerCell cell, MqttVersion version)
    {
        const int Count = 20;
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        var session = Unique.Name("c");
        string[] kept = version == MqttVersion.V50 ? ["-c", "-x", "60", "-q", "2", "-t", topic] : ["-c", "-q", "2", "-t", topic];
        await using (var first = Start("mosquitto_sub", broker, version, ["-E", .. kept], session))
        {
            await first.ExpectSuccessAsync();
        }

        await using (var publisher = Start("mosquitto_pub", broker, version, ["-l", "-q", "1", "-t", topic]))
        {
            for (var number = 0; number < Count; number++)
            {
                await publisher.Input.WriteLineAsync($"{number}");
            }

            publisher.Input.Close();
            await publisher.ExpectSuccessAsync();
        }

        await using var again = await SubscribeAsync(broker, version, ["-C", $"{Count}", .. kept], session, until: null);
        for (var number = 0; number < Count; number++)
        {
            var message = await ReceiveAsync(again);
            Assert.Equal(($"{number}", 1), (Text(message), Int(message, "qos")));
        }

        await again.ExpectSuccessAsync();
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Members_of_a_group_share_the_messages(BrokerCell cell, MqttVersion version)
    {
        const int Count = 300;
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        List<ClientProcess> members = [];
        try
        {
            for (var number = 0; number < 3; number++)
            {
                members.Add(await SubscribeAsync(broker, version, ["-q", "1", "-t", "$share/group/" + topic]));
            }

            await using var publisher = Start("mosquitto_pub", broker, version, ["-l", "-q", "1", "-t", topic]);
            for (var number = 0; number < Count; number++)
            {
                await publisher.Input.WriteLineAsync($"{number}");
            }

            publisher.Input.Close();
            var received = new List<string>();
            var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var counts = new int[members.Count];
            var readers = members.Select(async (member, index) =>
            {
                while (await TryReceiveAsync(member) is { } message)
                {
                    lock (received)
                    {
                        received.Add(Text(message));
                        counts[index]++;
                        if (received.Count == Count)
                        {
                            complete.SetResult();
                        }
                    }
                }
            }).ToArray();
            await complete.Task.WaitAsync(TimeLimits.Event);
            members.ForEach(member => member.Kill());
            await Task.WhenAll(readers);
            Assert.Equal(Enumerable.Range(0, Count).Select(number => $"{number}").Order(), received.Order());
            Assert.All(counts, count => Assert.InRange(count, Count / 12, Count));
        }
        finally
        {
            foreach (var member in members)
            {
                await member.DisposeAsync();
            }
        }
    }

    [Theory, EveryCell]
    public async Task Properties_pass_unchanged(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var subscriber = await SubscribeAsync(
            broker, MqttVersion.V50, ["-q", "1", "-C", "1", "-t", topic, "-D", "subscribe", "subscription-identifier", "77"]);
        await PublishAsync(
            broker,
            MqttVersion.V50,
            [
                "-q", "1", "-t", topic, "-m", "{}",
                "-D", "publish", "content-type", "application/json",
                "-D", "publish", "payload-format-indicator", "1",
                "-D", "publish", "response-topic", "reply/here",
                "-D", "publish", "correlation-data", "abc",
                "-D", "publish", "message-expiry-interval", "1000",
                "-D", "publish", "user-property", "name", "value",
            ]);
        var properties = (await ReceiveAsync(subscriber)).GetProperty("properties");
        Assert.Equal("application/json", properties.GetProperty("content-type").GetString());
        Assert.Equal(1, properties.GetProperty("payload-format-indicator").GetInt32());
        Assert.Equal("reply/here", properties.GetProperty("response-topic").GetString());
        Assert.Equal("abc", properties.GetProperty("correlation-data").GetString());
        Assert.InRange(properties.GetProperty("message-expiry-interval").GetInt32(), 900, 1000);
        Assert.Contains("value", properties.GetProperty("user-properties").GetRawText(), StringComparison.Ordinal);
        Assert.Equal(77, properties.GetProperty("subscription-identifier").GetInt32());
    }

    [Theory, EveryCell]
    public async Task Request_is_answered_by_mosquitto_rr(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var responder = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await responder.SubscribeAsync(topic, 1);
        await using var requester = Start("mosquitto_rr", broker, MqttVersion.V50, ["-q", "1", "-t", topic, "-e", "reply" + topic, "-m", "question"]);
        var request = await responder.ReceivePublishAsync();
        Assert.Equal(("question", "reply" + topic), (request.Text, request.Property(PropertyId.ResponseTopic)));
        var correlation = request.Property(PropertyId.CorrelationData) is byte[] data ? new Properties().Binary(PropertyId.CorrelationData, data) : null;
        await responder.PublishAsync("reply" + topic, "answer", qos: 1, properties: correlation);
        Assert.Equal("answer", await requester.ReadLineAsync(TimeLimits.Event));
        await requester.ExpectSuccessAsync();
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task File_of_200_kilobytes_passes_whole(BrokerCell cell, MqttVersion version)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        var payload = string.Concat(Enumerable.Range(0, 20_000).Select(number => number.ToString("d10", CultureInfo.InvariantCulture)));
        await using var subscriber = await SubscribeAsync(broker, version, ["-q", "2", "-C", "1", "-t", topic]);
        await using var publisher = Start("mosquitto_pub", broker, version, ["-s", "-q", "2", "-t", topic]);
        await publisher.Input.WriteAsync(payload);
        publisher.Input.Close();
        Assert.Equal(payload, Text(await ReceiveAsync(subscriber)));
        await publisher.ExpectSuccessAsync();
    }

    private static async Task PublishAsync(BrokerProcess broker, MqttVersion version, string[] arguments)
    {
        await using var publisher = Start("mosquitto_pub", broker, version, arguments);
        await publisher.ExpectSuccessAsync();
    }

    /// <summary>Starts mosquitto_sub with one JSON line per message and waits until it has printed this.</summary>
    private static async Task<ClientProcess> SubscribeAsync(
        BrokerProcess broker, MqttVersion version, string[] arguments, string? clientId = null, string? until = "received SUBACK")
    {
        var subscriber = Start("mosquitto_sub", broker, version, ["-d", "-F", "%j", .. arguments], clientId);
        try
        {
            if (until is not null)
            {
                await subscriber.ReadUntilAsync(until);
            }

            return subscriber;
        }
        catch
        {
            await subscriber.DisposeAsync();
            throw;
        }
    }

    private static ClientProcess Start(string program, BrokerProcess broker, MqttVersion version, string[] arguments, string? clientId = null) =>
        ClientProcess.Start(
            "stdbuf", // line by line, also into a pipe
            [
                "-oL", program, "-h", "127.0.0.1", "-p", $"{broker.Port}",
                "-V", version switch { MqttVersion.V31 => "mqttv31", MqttVersion.V311 => "mqttv311", _ => "mqttv5" },
                "-i", clientId ?? Unique.Name("c"), .. arguments,
            ]);

    private static async Task<JsonElement> ReceiveAsync(ClientProcess subscriber) =>
        await TryReceiveAsync(subscriber) ?? throw new MqttExpectationException($"mosquitto_sub ended: {await subscriber.ReadErrorsAsync()}");

    private static async Task<JsonElement?> TryReceiveAsync(ClientProcess subscriber)
    {
        while (await subscriber.ReadLineAsync(TimeLimits.Event) is { } line)
        {
            if (line.StartsWith('{'))
            {
                using var document = JsonDocument.Parse(line);
                return document.RootElement.Clone();
            }
        }

        return null;
    }

    private static string Text(JsonElement message) =>
        message.GetProperty("payload") is { ValueKind: JsonValueKind.Null } ? "" : message.GetProperty("payload").GetString()!;

    private static int Int(JsonElement message, string name) => message.GetProperty(name).GetInt32();
}
