using System.Globalization;
using MQTTnet;
using MQTTnet.Protocol;

namespace Godwit.Interop.Tests;

/// <summary>MQTTnet's client, in this process.</summary>
public sealed class MqttNetTests(BrokerCells cells)
{
    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Message_of_each_qos_reaches_a_subscriber_of_each_qos(BrokerCell cell, MqttVersion version)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var publisher = await MqttNetPeer.ConnectAsync(broker, version);
        for (var granted = 0; granted <= 2; granted++)
        {
            await using var subscriber = await MqttNetPeer.ConnectAsync(broker, version);
            Assert.Equal((MqttClientSubscribeResultCode)granted, await subscriber.SubscribeAsync(topic, granted));
            for (var qos = 0; qos <= 2; qos++)
            {
                await publisher.PublishAsync(topic, $"q{qos}", qos);
                var message = await subscriber.ReceiveAsync();
                Assert.Equal(($"q{qos}", Math.Min(qos, granted), false), (message.ConvertPayloadToString(), (int)message.QualityOfServiceLevel, message.Retain));
            }
        }
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Wildcards_choose_topics_and_unsubscribe_ends_them(BrokerCell cell, MqttVersion version)
    {
        var broker = await cells.GetAsync(cell);
        var root = Unique.Name();
        await using var peer = await MqttNetPeer.ConnectAsync(broker, version);
        await peer.SubscribeAsync($"{root}/+/temperature", 1);
        await peer.SubscribeAsync($"{root}/cellar/#", 1);
        foreach (var topic in new[] { "/kitchen/humidity", "/kitchen/temperature", "/cellar", "/cellar/box/1", "/attic/box/temperature" })
        {
            await peer.PublishAsync(root + topic, topic, 1);
        }

        Assert.Equal("/kitchen/temperature", await peer.ReceiveTextAsync());
        Assert.Equal("/cellar", await peer.ReceiveTextAsync());
        Assert.Equal("/cellar/box/1", await peer.ReceiveTextAsync());
        await peer.Client.UnsubscribeAsync($"{root}/cellar/#");
        await peer.PublishAsync(root + "/cellar/box/1", "late", 1);
        await peer.PublishAsync(root + "/end/temperature", "end", 1);
        Assert.Equal("end", await peer.ReceiveTextAsync());
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Retained_messages_are_set_replaced_replayed_and_cleared(BrokerCell cell, MqttVersion version)
    {
        var broker = await cells.GetAsync(cell);
        var root = Unique.Name();
        await using var peer = await MqttNetPeer.ConnectAsync(broker, version);
        foreach (var name in new[] { "a", "b", "c" })
        {
            await peer.PublishAsync($"{root}/{name}", "old", 1, retain: true);
            await peer.PublishAsync($"{root}/{name}", name, 1, retain: true);
        }

        await peer.PublishAsync($"{root}/b", "", 1, retain: true);
        await using var late = await MqttNetPeer.ConnectAsync(broker, version);
        await late.SubscribeAsync($"{root}/+", 1);
        var replay = new[] { await late.ReceiveAsync(), await late.ReceiveAsync() };
        Assert.Equal(["a", "c"], replay.Select(message => message.ConvertPayloadToString()).Order());
        Assert.All(replay, message => Assert.True(message.Retain));
        await late.PublishAsync($"{root}/end", "end", 1);
        Assert.Equal("end", await late.ReceiveTextAsync());
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Will_is_published_for_a_lost_client_only(BrokerCell cell, MqttVersion version)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var watcher = await MqttNetPeer.ConnectAsync(broker, version);
        await watcher.SubscribeAsync(topic, 2);
        await using var polite = await MqttNetPeer.ConnectAsync(broker, version, options => options.WithWillTopic(topic).WithWillPayload("never"));
        await polite.DisconnectAsync();
        var lost = await MqttNetPeer.ConnectAsync(
            broker, version, options => options.WithWillTopic(topic).WithWillPayload("gone").WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.ExactlyOnce));
        await lost.DisposeAsync(); // closes the socket without DISCONNECT
        var will = await watcher.ReceiveAsync();
        Assert.Equal(("gone", 2), (will.ConvertPayloadToString(), (int)will.QualityOfServiceLevel));
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Kept_session_gets_what_came_while_it_was_away(BrokerCell cell, MqttVersion version)
    {
        const int Count = 40;
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        var clientId = Unique.Name("c");
        await using (var first = await MqttNetPeer.ConnectKeptAsync(broker, version, clientId))
        {
            Assert.False(first.Connected.IsSessionPresent);
            await first.SubscribeAsync(topic, 2);
            await first.DisconnectAsync();
        }

        await using var publisher = await MqttNetPeer.ConnectAsync(broker, version);
        for (var number = 0; number < Count; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", 1 + (number % 2));
        }

        await using var again = await MqttNetPeer.ConnectKeptAsync(broker, version, clientId);
        Assert.Equal(version != MqttVersion.V31, again.Connected.IsSessionPresent);
        var received = new List<(string, int)>();
        while (received.Count < Count)
        {
            var message = await again.ReceiveAsync();
            received.Add((message.ConvertPayloadToString(), (int)message.QualityOfServiceLevel));
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(number => ($"{number}", 1 + (number % 2))).Order(), received.Order());
    }

    [Theory, EveryCell(MosquittoDiffers = "closes without 0x8E")]
    public async Task Second_connection_takes_the_session_over(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var clientId = Unique.Name("c");
        await using var first = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50, clientId: clientId);
        await using var second = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50, clientId: clientId);
        var end = await first.WaitForDisconnectAsync();
        Assert.Equal(MqttClientDisconnectReason.SessionTakenOver, end.Reason);
        await second.Client.PingAsync();
    }

    [Theory, EveryCell]
    public async Task Session_expiry_interval_keeps_or_ends_the_session(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var clientId = Unique.Name("c");
        await using (var first = await MqttNetPeer.ConnectKeptAsync(broker, MqttVersion.V50, clientId))
        {
            await first.Client.DisconnectAsync(new MqttClientDisconnectOptions { SessionExpiryInterval = 30 });
        }

        await using (var second = await MqttNetPeer.ConnectKeptAsync(broker, MqttVersion.V50, clientId))
        {
            Assert.True(second.Connected.IsSessionPresent);
            await second.DisconnectAsync();
        }

        // MQTTnet leaves the property out when it is 0, at CONNECT and at DISCONNECT.
        await using (var third = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50, options => options.WithCleanSession(false), clientId))
        {
            Assert.True(third.Connected.IsSessionPresent);
            await third.DisconnectAsync();
        }

        await using var last = await MqttNetPeer.ConnectKeptAsync(broker, MqttVersion.V50, clientId);
        Assert.False(last.Connected.IsSessionPresent);
    }

    [Theory, EveryCell]
    public async Task Client_without_an_identifier_gets_one_assigned(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        await using var nameless = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50, options => options.WithSessionExpiryInterval(60), clientId: "");
        var assigned = nameless.Connected.AssignedClientIdentifier;
        Assert.NotEmpty(assigned);
        await nameless.DisconnectAsync();
        await using var again = await MqttNetPeer.ConnectKeptAsync(broker, MqttVersion.V50, assigned);
        Assert.True(again.Connected.IsSessionPresent);
    }

    [Theory, EveryCell]
    public async Task Properties_of_a_message_pass_unchanged(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        (string Name, string Value)[] user = [("z", "1"), ("a", "2"), ("z", "3"), ("\u00e9", "\u20ac")];
        var correlation = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        await using var peer = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        await peer.SubscribeAsync(topic, 2, identifier: 4711);
        for (var qos = 0; qos <= 2; qos++)
        {
            await peer.PublishAsync(topic, "x", qos, configure: message =>
            {
                message
                    .WithContentType("application/json")
                    .WithPayloadFormatIndicator(MqttPayloadFormatIndicator.CharacterData)
                    .WithResponseTopic("reply/to/me")
                    .WithCorrelationData(correlation)
                    .WithMessageExpiryInterval(1000);
                foreach (var (name, value) in user)
                {
                    message.WithUserProperty(name, System.Text.Encoding.UTF8.GetBytes(value).AsMemory());
                }
            });
            var received = await peer.ReceiveAsync();
            Assert.Equal("application/json", received.ContentType);
            Assert.Equal(MqttPayloadFormatIndicator.CharacterData, received.PayloadFormatIndicator);
            Assert.Equal("reply/to/me", received.ResponseTopic);
            Assert.Equal(correlation, received.CorrelationData);
            Assert.InRange(received.MessageExpiryInterval, 900u, 1000u);
            Assert.Equal(user, MqttNetPeer.UserPropertiesOf(received));
            Assert.Equal([4711u], received.SubscriptionIdentifiers);
        }
    }

    [Theory, EveryCell]
    public async Task Expiry_interval_is_lowered_by_the_time_in_the_queue(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        var clientId = Unique.Name("c");
        await using (var first = await MqttNetPeer.ConnectKeptAsync(broker, MqttVersion.V50, clientId))
        {
            await first.SubscribeAsync(topic, 1);
            await first.DisconnectAsync();
        }

        await using var publisher = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        await publisher.PublishAsync(topic, "gone", 1, configure: message => message.WithMessageExpiryInterval(1));
        await publisher.PublishAsync(topic, "kept", 1, configure: message => message.WithMessageExpiryInterval(1000));
        await BrokerClock.WaitAsync(broker, 3);
        await using var again = await MqttNetPeer.ConnectKeptAsync(broker, MqttVersion.V50, clientId);
        var received = await again.ReceiveAsync();
        Assert.Equal("kept", received.ConvertPayloadToString());
        Assert.InRange(received.MessageExpiryInterval, 900u, 998u);
    }

    [Theory, EveryCell(MosquittoDiffers = "keeps the options of the first subscription")]
    public async Task Subscription_options_are_kept(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var peer = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        await using var other = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        await other.PublishAsync(topic, "retained", 1, retain: true);
        await peer.SubscribeAsync(topic, 1, filter => filter.WithRetainHandling(MqttRetainHandling.DoNotSendOnSubscribe).WithNoLocal());
        await peer.PublishAsync(topic, "mine", 1);
        await other.PublishAsync(topic, "theirs", 1, retain: true);
        var theirs = await peer.ReceiveAsync();
        Assert.Equal(("theirs", false), (theirs.ConvertPayloadToString(), theirs.Retain));
        await peer.SubscribeAsync(topic, 1, filter => filter.WithRetainHandling(MqttRetainHandling.SendAtSubscribeIfNewSubscriptionOnly).WithRetainAsPublished());
        await other.PublishAsync(topic, "faithful", 1, retain: true);
        var faithful = await peer.ReceiveAsync();
        Assert.Equal(("faithful", true), (faithful.ConvertPayloadToString(), faithful.Retain));
        await other.PublishAsync(topic, "", 1, retain: true);
    }

    [Theory, EveryCell]
    public async Task Members_of_a_group_share_the_messages(BrokerCell cell)
    {
        const int Count = 300;
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        var members = new List<MqttNetPeer>();
        try
        {
            var received = new List<string>();
            var counts = new int[4];
            var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            for (var number = 0; number < counts.Length; number++)
            {
                var member = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
                members.Add(member);
                var index = number;
                member.Client.ApplicationMessageReceivedAsync += message =>
                {
                    lock (received)
                    {
                        counts[index]++;
                        received.Add(message.ApplicationMessage.ConvertPayloadToString());
                        if (received.Count == Count)
                        {
                            complete.TrySetResult();
                        }
                    }

                    return Task.CompletedTask;
                };
                await member.SubscribeAsync("$share/group/" + topic, number % 2 == 0 ? 1 : 2);
            }

            await using var publisher = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
            for (var number = 0; number < Count; number++)
            {
                await publisher.PublishAsync(topic, $"{number}", 2);
            }

            await complete.Task.WaitAsync(TimeLimits.Event);
            foreach (var member in members)
            {
                await member.DisconnectAsync();
            }

            Assert.Equal(Enumerable.Range(0, Count).Select(number => $"{number}").Order(), received.Order());
            Assert.All(counts, count => Assert.InRange(count, Count / 16, Count));
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
    public async Task Topic_alias_stands_for_its_topic(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var subscriber = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        await subscriber.SubscribeAsync(topic, 1);
        await using var publisher = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        Assert.True(publisher.Connected.TopicAliasMaximum > 0);
        await publisher.PublishAsync(topic, "1", 1, configure: message => message.WithTopicAlias(1));
        await publisher.PublishAsync("", "2", 1, configure: message => message.WithTopicAlias(1));
        await publisher.PublishAsync("", "3", 0, configure: message => message.WithTopicAlias(1));
        for (var number = 1; number <= 3; number++)
        {
            var received = await subscriber.ReceiveAsync();
            Assert.Equal((topic, $"{number}"), (received.Topic, received.ConvertPayloadToString()));
        }
    }

    [Theory, EveryCell]
    public async Task Topic_aliases_of_the_broker_name_the_topic(BrokerCell cell)
    {
        // MQTTnet hands a message over as it came and leaves the alias to its user.
        Dictionary<ushort, string> aliases = [];
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var subscriber = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50, options => options.WithTopicAliasMaximum(4));
        await subscriber.SubscribeAsync(topic, 1);
        await using var publisher = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        for (var number = 0; number < 10; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", number % 2);
            var received = await subscriber.ReceiveAsync();
            if (received.Topic.Length > 0)
            {
                aliases[received.TopicAlias] = received.Topic;
            }

            Assert.Equal((topic, $"{number}"), (received.Topic.Length > 0 ? received.Topic : aliases[received.TopicAlias], received.ConvertPayloadToString()));
        }
    }

    [Theory, EveryCell]
    public async Task Receive_maximum_of_a_subscriber_is_kept_and_nothing_is_lost(BrokerCell cell)
    {
        const int Count = 300;
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        await using var subscriber = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50, options => options.WithReceiveMaximum(3));
        await subscriber.SubscribeAsync(topic, 1);
        await using var publisher = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        for (var number = 0; number < Count; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", 1);
        }

        for (var number = 0; number < Count; number++)
        {
            Assert.Equal($"{number}", await subscriber.ReceiveTextAsync());
        }
    }

    [Theory, EveryCell]
    public async Task Request_gets_its_response(BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        var requests = Unique.Name();
        var replies = Unique.Name();
        await using var server = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        await using var client = await MqttNetPeer.ConnectAsync(broker, MqttVersion.V50);
        await server.SubscribeAsync(requests, 1);
        await client.SubscribeAsync(replies, 1);
        for (byte number = 0; number < 10; number++)
        {
            byte[] correlation = [number, 0, 255];
            await client.PublishAsync(requests, $"question {number}", 1, configure: message => message.WithResponseTopic(replies).WithCorrelationData(correlation));
            var request = await server.ReceiveAsync();
            await server.PublishAsync(request.ResponseTopic, $"answer {number}", 1, configure: message => message.WithCorrelationData(request.CorrelationData));
            var response = await client.ReceiveAsync();
            Assert.Equal($"answer {number}", response.ConvertPayloadToString());
            Assert.Equal(correlation, response.CorrelationData);
        }
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Large_payload_passes_whole(BrokerCell cell, MqttVersion version)
    {
        var broker = await cells.GetAsync(cell);
        var topic = Unique.Name();
        var payload = new string('p', 200 * 1024);
        await using var peer = await MqttNetPeer.ConnectAsync(broker, version);
        await peer.SubscribeAsync(topic, 2);
        for (var qos = 0; qos <= 2; qos++)
        {
            await peer.PublishAsync(topic, payload, qos);
            Assert.Equal(payload, await peer.ReceiveTextAsync());
        }
    }

    [Theory, EveryCell(MqttVersion.V50)]
    public async Task Five_thousand_messages_of_each_qos_arrive_in_order(BrokerCell cell, MqttVersion version)
    {
        const int Count = 5000;
        var broker = await cells.GetAsync(cell);
        await using var publisher = await MqttNetPeer.ConnectAsync(broker, version);
        for (var qos = 0; qos <= 2; qos++)
        {
            var topic = Unique.Name();
            await using var subscriber = await MqttNetPeer.ConnectAsync(broker, version);
            await subscriber.SubscribeAsync(topic, qos);
            var reading = Task.Run(async () =>
            {
                for (var number = 0; number < Count; number++)
                {
                    Assert.Equal(number.ToString(CultureInfo.InvariantCulture), await subscriber.ReceiveTextAsync());
                }
            });
            for (var number = 0; number < Count; number++)
            {
                await publisher.PublishAsync(topic, number.ToString(CultureInfo.InvariantCulture), qos);
            }

            await reading;
        }
    }
}
