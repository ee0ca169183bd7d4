using System.Diagnostics;
using System.Text;
using Godwit.Broker.Hooks;
using Godwit.Broker.Options;
using Godwit.Client;
using Godwit.Protocol;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Tests.Hooks;

/// <summary>Hooks decide, at once or late; what fails or hangs is refused, and nobody else waits for it.</summary>
public sealed class HookTests
{
    public static TheoryData<IoDriver, int, bool> Cells
    {
        get
        {
            var cells = new TheoryData<IoDriver, int, bool>();
            foreach (var (io, loops) in new[] { (IoDriver.Auto, 1), (IoDriver.Auto, 4), (IoDriver.Sockets, 4) })
            {
                cells.Add(io, loops, false);
                cells.Add(io, loops, true);
            }

            return cells;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Cells))]
    public async Task Authenticators_are_asked_in_their_order_until_one_knows_the_client(IoDriver io, int loops, bool isLate)
    {
        var first = new TestHook
        {
            IsLate = isLate,
            OnAuthenticate = context => context.Client.UserName switch
            {
                "anna" when context.GetPasswordText() == "secret" => AuthenticationResult.Allow("Anna"),
                "anna" => AuthenticationResult.Deny(),
                _ => AuthenticationResult.Next,
            },
        };
        var second = new TestHook
        {
            IsLate = isLate,
            OnAuthenticate = context => context.Client.UserName == "bert" ? AuthenticationResult.Deny(ReasonCode.Banned) : AuthenticationResult.Next,
        };
        var seen = new List<string?>();
        var names = new TestHook
        {
            OnPublish = context =>
            {
                seen.Add(context.Client.UserName);
                return PublishDecision.Continue;
            },
        };
        await using var broker = await StartAsync(io, loops, new BrokerHooks { Authenticators = [first, second], PublishInterceptors = [names] });
        await using (var anna = await ConnectAsync(broker, "a", new MqttCredentials("anna", "secret")))
        {
            await anna.PublishAsync(new MqttMessage { Topic = "t", QoS = QualityOfService.AtLeastOnce }, Cancellation);
        }

        Assert.Equal(["Anna"], seen);
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await RefusalAsync(broker, new MqttCredentials("anna", "wrong")));
        Assert.Equal(ReasonCode.Banned, await RefusalAsync(broker, new MqttCredentials("bert", "any")));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await RefusalAsync(broker, new MqttCredentials("carl", "any")));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, await RefusalAsync(broker, null));
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Authorizers_decide_about_publish_subscribe_and_receive(IoDriver io, int loops, bool isLate)
    {
        var hook = new TestHook
        {
            IsLate = isLate,
            Actions = AccessAction.Publish | AccessAction.Subscribe | AccessAction.Receive,
            OnAuthorize = context => context.Topic.Contains("secret", StringComparison.Ordinal)
                ? AuthorizationResult.Deny
                : context.Action == AccessAction.Receive && context.Topic == "own" && context.Client.ClientId != "p" ? AuthorizationResult.Next : AuthorizationResult.Allow,
        };
        await using var broker = await StartAsync(io, loops, new BrokerHooks { Authorizers = [hook] });
        await using var publisher = await ConnectAsync(broker, "p");
        await using var subscriber = await ConnectAsync(broker, "s");
        var subscription = await subscriber.SubscribeAsync("#", QualityOfService.AtLeastOnce, Cancellation);
        var refused = await Assert.ThrowsAsync<MqttException>(() => subscriber.SubscribeAsync("secret/#", cancellationToken: Cancellation));
        Assert.Equal(ReasonCode.NotAuthorized, refused.ReasonCode);
        var notPublished = await Assert.ThrowsAsync<MqttException>(async () => await PublishAsync(publisher, "a/secret", "x"));
        Assert.Equal(ReasonCode.NotAuthorized, notPublished.ReasonCode);
        await PublishAsync(publisher, "own", "not for s");
        await PublishAsync(publisher, "open", "for all");
        Assert.Equal("for all", (await subscription.ReadAsync(Cancellation))!.GetPayloadText());
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Publish_interceptors_change_discard_and_refuse_in_their_order(IoDriver io, int loops, bool isLate)
    {
        var first = new TestHook
        {
            IsLate = isLate,
            OnPublish = context => context.Message.Topic switch
            {
                "refuse" => PublishDecision.Refuse(ReasonCode.PayloadFormatInvalid),
                "discard" => PublishDecision.Discard,
                _ => PublishDecision.Replace(context.Message with
                {
                    Topic = $"site/{context.Message.Topic}",
                    UserProperties = [.. context.Message.UserProperties, new("by", context.Client.ClientId)],
                }),
            },
        };
        var second = new TestHook
        {
            IsLate = isLate,
            OnPublish = context => PublishDecision.Replace(context.Message with { Payload = Encoding.UTF8.GetBytes(context.Message.GetPayloadText() + "!"), Retain = true }),
        };
        await using var broker = await StartAsync(io, loops, new BrokerHooks { PublishInterceptors = [first, second] });
        await using var publisher = await ConnectAsync(broker, "p");
        await using var subscriber = await ConnectAsync(broker, "s");
        var subscription = await subscriber.SubscribeAsync("#", QualityOfService.ExactlyOnce, Cancellation);
        Assert.Equal(ReasonCode.PayloadFormatInvalid, (await Assert.ThrowsAsync<MqttException>(async () => await PublishAsync(publisher, "refuse", "x"))).ReasonCode);
        await PublishAsync(publisher, "discard", "x");
        for (int i = 0; i < 200; i++)
        {
            await publisher.PublishAsync(new MqttMessage { Topic = "t", Payload = Encoding.UTF8.GetBytes($"{i}"), QoS = (QualityOfService)(i % 3), UserProperties = [new("a", "1")] }, Cancellation);
        }

        var counts = new int[3];
        for (int i = 0; i < 200; i++)
        {
            var message = (await subscription.ReadAsync(Cancellation))!;
            Assert.Equal(("site/t", (QualityOfService)(i % 3)), (message.Topic, message.QoS));
            Assert.Equal($"{i}!", message.GetPayloadText());
            Assert.Equal(["a=1", "by=p"], message.UserProperties.Select(each => $"{each.Name}={each.Value}"));
            counts[(int)message.QoS]++;
        }

        await using var retained = await broker.SubscribeAsync("site/#");
        Assert.Equal("199!", (await retained.ReadAsync(Cancellation))!.GetPayloadText());
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Wills_are_authorized_and_intercepted_at_connect(IoDriver io, int loops, bool isLate)
    {
        var hook = new TestHook
        {
            IsLate = isLate,
            OnAuthorize = context => context.Topic == "no" ? AuthorizationResult.Deny : AuthorizationResult.Allow,
            OnPublish = context => context.IsWill
                ? context.Message.Topic == "quiet" ? PublishDecision.Discard : PublishDecision.Replace(context.Message with { Topic = "changed" })
                : PublishDecision.Continue,
        };
        await using var broker = await StartAsync(io, loops, new BrokerHooks { Authorizers = [hook], PublishInterceptors = [hook] });
        await using var wills = await broker.SubscribeAsync("#");
        var refused = await Assert.ThrowsAsync<MqttConnectException>(() => ConnectAsync(broker, "c", will: "no"));
        Assert.Equal(ReasonCode.NotAuthorized, refused.ReasonCode);
        foreach (string will in (string[])["quiet", "loud"])
        {
            await using var client = await ConnectAsync(broker, will, will: will);
            await client.DisconnectAsync(ReasonCode.DisconnectWithWillMessage, cancellationToken: Cancellation);
        }

        var message = (await wills.ReadAsync(Cancellation))!;
        Assert.Equal(("changed", "loud"), (message.Topic, message.GetPayloadText()));
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Subscribe_interceptors_limit_and_refuse_each_filter(IoDriver io, int loops, bool isLate)
    {
        var hook = new TestHook
        {
            IsLate = isLate,
            OnSubscribe = context => context.TopicFilter switch
            {
                "no" => SubscribeDecision.Refuse(ReasonCode.QuotaExceeded),
                "low" => SubscribeDecision.Limit(QualityOfService.AtMostOnce),
                _ => context.ShareName is "g" ? SubscribeDecision.Limit(QualityOfService.AtLeastOnce) : SubscribeDecision.Continue,
            },
        };
        await using var broker = await StartAsync(io, loops, new BrokerHooks { SubscribeInterceptors = [hook] });
        await using var client = await ConnectAsync(broker, "s");
        Assert.Equal(ReasonCode.QuotaExceeded, (await Assert.ThrowsAsync<MqttException>(() => client.SubscribeAsync("no", cancellationToken: Cancellation))).ReasonCode);
        foreach (var (filter, granted) in new[] { ("low", ReasonCode.Success), ("high", ReasonCode.GrantedQoS2), ("$share/g/work", ReasonCode.GrantedQoS1) })
        {
            var subscription = await client.SubscribeAsync(filter, QualityOfService.ExactlyOnce, Cancellation);
            Assert.Equal([granted], subscription.GrantedReasons);
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Delivery_interceptors_withhold_from_one_client_what_others_get(IoDriver io, int loops, bool isLate)
    {
        var hook = new TestHook
        {
            IsLate = isLate,
            OnDeliver = context => context.Client.ClientId == "child" && context.Message.GetPayloadText().Contains("rude", StringComparison.Ordinal)
                ? DeliveryDecision.Drop
                : DeliveryDecision.Deliver,
        };
        await using var broker = await StartAsync(io, loops, new BrokerHooks { DeliveryInterceptors = [hook] });
        await using var publisher = await ConnectAsync(broker, "p");
        await using var child = await ConnectAsync(broker, "child");
        await using var adult = await ConnectAsync(broker, "adult");
        var forChild = await child.SubscribeAsync("t", QualityOfService.ExactlyOnce, Cancellation);
        var forAdult = await adult.SubscribeAsync("t", QualityOfService.ExactlyOnce, Cancellation);
        foreach (var qos in Enum.GetValues<QualityOfService>())
        {
            foreach (string payload in (string[])["kind 1", "rude", "kind 2"])
            {
                await publisher.PublishAsync(new MqttMessage { Topic = "t", Payload = Encoding.UTF8.GetBytes(payload), QoS = qos }, Cancellation);
            }

            Assert.Equal(["kind 1", "rude", "kind 2"], await ReadAsync(forAdult, 3));
            Assert.Equal(["kind 1", "kind 2"], await ReadAsync(forChild, 2));
        }
    }

    [Fact]
    public async Task Hook_that_throws_refuses_and_is_logged()
    {
        var log = new CollectedLog();
        var hook = new TestHook
        {
            OnAuthenticate = context => context.Client.ClientId == "bad" ? throw new InvalidOperationException("no database") : AuthenticationResult.Allow(),
            OnPublish = context => context.Message.Topic == "bad" ? throw new InvalidOperationException("no database") : PublishDecision.Continue,
        };
        var options = BrokerUnderTest.OptionsFor(IoDriver.Auto, 1) with { Hooks = new BrokerHooks { Authenticators = [hook], PublishInterceptors = [hook] } };
        await using var broker = await GodwitBroker.StartAsync(options, log, Cancellation);
        Assert.Equal(ReasonCode.ServerUnavailable, (await Assert.ThrowsAsync<MqttConnectException>(() => ConnectAsync(broker, "bad"))).ReasonCode);
        await using var client = await ConnectAsync(broker, "good");
        Assert.Equal(ReasonCode.UnspecifiedError, (await Assert.ThrowsAsync<MqttException>(async () => await PublishAsync(client, "bad", "x"))).ReasonCode);
        await PublishAsync(client, "good", "x");
        Assert.Equal(2, log.Entries.Count(entry => entry.Id == 1007));
    }

    [Fact]
    public async Task Hook_that_does_not_answer_is_a_refusal_and_nobody_else_waits()
    {
        var log = new CollectedLog();
        var hanging = new Hanging();
        var options = BrokerUnderTest.OptionsFor(IoDriver.Auto, 1) with
        {
            Hooks = new BrokerHooks { PublishInterceptors = [hanging], Timeout = TimeSpan.FromMilliseconds(300) },
        };
        await using var broker = await GodwitBroker.StartAsync(options, log, Cancellation);
        await using var unlucky = await ConnectAsync(broker, "unlucky");
        await using var other = await ConnectAsync(broker, "other");
        var waiting = PublishAsync(unlucky, "hang", "x").AsTask();
        await hanging.Entered.Task.WaitAsync(Cancellation);
        await PublishAsync(other, "t", "x");
        Assert.False(waiting.IsCompleted);
        Assert.Equal(ReasonCode.UnspecifiedError, (await Assert.ThrowsAsync<MqttException>(() => waiting)).ReasonCode);
        Assert.True(hanging.WasCancelled);
        await PublishAsync(unlucky, "t", "x");
        Assert.Contains(log.Entries, entry => entry.Id == 1008);
    }

    [Fact]
    public async Task Hook_that_blocks_its_loop_is_named_in_the_log()
    {
        var log = new CollectedLog();
        var hook = new TestHook
        {
            OnPublish = _ =>
            {
                Thread.Sleep(60);
                return PublishDecision.Continue;
            },
        };
        var options = BrokerUnderTest.OptionsFor(IoDriver.Auto, 1) with { Hooks = new BrokerHooks { PublishInterceptors = [hook] } };
        await using var broker = await GodwitBroker.StartAsync(options, log, Cancellation);
        await using var client = await ConnectAsync(broker, "c");
        await PublishAsync(client, "t", "x");
        Assert.Contains(log.Entries, entry => entry.Id == 1009);
    }

    [Fact]
    public async Task The_process_itself_is_not_asked()
    {
        var hook = new TestHook { Actions = AccessAction.Publish | AccessAction.Subscribe | AccessAction.Receive };
        await using var broker = await StartAsync(IoDriver.Auto, 2, new BrokerHooks
        {
            Authenticators = [hook],
            Authorizers = [hook],
            PublishInterceptors = [hook],
            SubscribeInterceptors = [hook],
            DeliveryInterceptors = [hook],
            ConnectionObservers = [hook],
            SessionObservers = [hook],
        });
        await using var subscription = await broker.SubscribeAsync("t");
        await broker.PublishAsync(BrokerMessage.FromText("t", "x", QualityOfService.AtLeastOnce), Cancellation);
        await subscription.ReadAsync(Cancellation);
        Assert.Equal(0, hook.AskedCount);
        await broker.StopAsync();
        Assert.Empty(hook.Events);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Observers_hear_of_sessions_and_connections_in_order_to_the_last(bool isLate)
    {
        var hook = new TestHook { IsLate = isLate };
        await using var broker = await StartAsync(IoDriver.Auto, 1, new BrokerHooks { ConnectionObservers = [hook], SessionObservers = [hook] });
        var options = new MqttClientOptions { ClientId = "c", SessionExpiryInterval = 60 };
        await using (await ConnectAsync(broker, options))
        {
        }

        await using (await ConnectAsync(broker, options with { CleanStart = false, SessionExpiryInterval = 0 }))
        {
        }

        await BrokerUnderTest.WaitForAsync(() => broker.SessionCount == 0, "the session is left over");
        await broker.StopAsync();
        Assert.Equal(
            [
                "session started c", "connected c False", "disconnected c ClientDisconnected",
                "connected c True", "disconnected c ClientDisconnected", "session ended c",
            ],
            hook.Events);
    }

    [Fact]
    public async Task Observer_that_throws_is_logged_and_the_others_are_told()
    {
        var log = new CollectedLog();
        var hook = new TestHook();
        var options = BrokerUnderTest.OptionsFor(IoDriver.Auto, 1) with { Hooks = new BrokerHooks { ConnectionObservers = [new Throwing(), hook] } };
        await using var broker = await GodwitBroker.StartAsync(options, log, Cancellation);
        await using (await ConnectAsync(broker, "c"))
        {
        }

        await broker.StopAsync();
        Assert.Equal(2, hook.Events.Count);
        Assert.Equal(2, log.Entries.Count(entry => entry.Id == 1010));
    }

    [Fact]
    public async Task Late_answers_that_come_after_the_stop_harm_nobody()
    {
        var hanging = new Hanging();
        var broker = await StartAsync(IoDriver.Auto, 2, new BrokerHooks { PublishInterceptors = [hanging], Timeout = TimeSpan.FromMilliseconds(500) });
        await using var client = await ConnectAsync(broker, "c");
        var publishing = PublishAsync(client, "hang", "x").AsTask();
        await hanging.Entered.Task.WaitAsync(Cancellation);
        await broker.StopAsync();
        await Assert.ThrowsAnyAsync<MqttException>(() => publishing);
        await BrokerUnderTest.WaitForAsync(() => hanging.WasCancelled, "the hook was not given up");
    }

    private static Task<GodwitBroker> StartAsync(IoDriver io, int loops, BrokerHooks hooks) =>
        GodwitBroker.StartAsync(BrokerUnderTest.OptionsFor(io, loops) with { Hooks = hooks }, cancellation: Cancellation);

    private static Task<MqttClient> ConnectAsync(GodwitBroker broker, string id, MqttCredentials? credentials = null, string? will = null) =>
        ConnectAsync(broker, new MqttClientOptions
        {
            ClientId = id,
            Credentials = credentials,
            Will = will is null ? null : new MqttWill(new MqttMessage { Topic = will, Payload = Encoding.UTF8.GetBytes(will) }),
        });

    private static Task<MqttClient> ConnectAsync(GodwitBroker broker, MqttClientOptions options) =>
        MqttClient.ConnectAsync($"mqtt://{broker.Listeners[0].EndPoint}", options, Cancellation);

    private static async Task<ReasonCode> RefusalAsync(GodwitBroker broker, MqttCredentials? credentials) =>
        (await Assert.ThrowsAsync<MqttConnectException>(() => ConnectAsync(broker, "c", credentials))).ReasonCode!.Value;

    private static ValueTask<PublishResult> PublishAsync(MqttClient client, string topic, string payload) =>
        client.PublishAsync(new MqttMessage { Topic = topic, Payload = Encoding.UTF8.GetBytes(payload), QoS = QualityOfService.AtLeastOnce }, Cancellation);

    private static async Task<string[]> ReadAsync(MqttSubscription subscription, int count)
    {
        string[] payloads = new string[count];
        for (int i = 0; i < count; i++)
        {
            payloads[i] = (await subscription.ReadAsync(Cancellation))!.GetPayloadText();
        }

        return payloads;
    }

    /// <summary>Never answers about the topic "hang".</summary>
    private sealed class Hanging : IPublishInterceptor
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool WasCancelled { get; private set; }

        public async ValueTask<PublishDecision> InterceptAsync(PublishContext context, CancellationToken cancellation)
        {
            if (context.Message.Topic == "hang")
            {
                var forever = new TaskCompletionSource();
                await using var registration = cancellation.Register(() => WasCancelled = true);
                Entered.TrySetResult();
                await forever.Task;
            }

            return PublishDecision.Continue;
        }
    }

    private sealed class Throwing : IConnectionObserver
    {
        public ValueTask ConnectedAsync(ClientConnected connected, CancellationToken cancellation) => throw new InvalidOperationException("c");

        public ValueTask DisconnectedAsync(ClientDisconnected disconnected, CancellationToken cancellation) => throw new InvalidOperationException("d");
    }
}
