using System.Text;
using Godwit.Engine.Access;
using Godwit.Engine.Observation;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>The access policy's answers have their effect, at once or late, and nothing overtakes a packet that waits for one.</summary>
public sealed class AccessTests
{
    private const AccessScope Everything = AccessScope.Connect | AccessScope.Publish | AccessScope.Subscribe | AccessScope.Receive;

    public static TheoryData<int, bool, ProtocolVersion> Cells() =>
        new MatrixTheoryData<int, bool, ProtocolVersion>([1, 3], [false, true], [ProtocolVersion.Mqtt311, ProtocolVersion.Mqtt5]);

    public static TheoryData<int, bool> Places() => new MatrixTheoryData<int, bool>([1, 3], [false, true]);

    [Theory, MemberData(nameof(Cells))]
    public void Refused_connect_gets_the_reason_and_is_closed(int shards, bool isLate, ProtocolVersion version)
    {
        var (world, policy) = New(shards, AccessScope.Connect, isLate);
        policy.OnConnect = id => id == "bad" ? AccessDecision.Refused(ReasonCode.BadUserNameOrPassword) : AccessDecision.Allowed;
        var bad = world.Open(version);
        bad.SendConnect("bad");
        var good = world.Open(version);
        good.SendConnect("good");
        policy.AnswerAll(world);
        byte[] answer = bad.Take(PacketType.ConnAck).Bytes;
        Assert.Equal(version == ProtocolVersion.Mqtt5 ? (byte)ReasonCode.BadUserNameOrPassword : (byte)4, answer[3]);
        Assert.True(bad.IsClosed);
        Assert.Equal(ReasonCode.Success, good.Take(PacketType.ConnAck).Reason);
    }

    [Fact]
    public void Assigned_identifier_is_the_one_that_the_policy_was_asked_about()
    {
        var (world, policy) = New(1, AccessScope.Connect, isLate: true);
        string asked = string.Empty;
        policy.OnConnect = id =>
        {
            asked = id;
            return AccessDecision.Allowed;
        };
        var peer = world.Open();
        peer.SendConnect(string.Empty);
        policy.AnswerAll(world);
        Assert.Equal(asked, peer.Take(PacketType.ConnAck).AssignedClientIdentifier);
    }

    [Fact]
    public void Connect_whose_answer_never_comes_ends_with_the_connect_timeout()
    {
        var (world, policy) = New(1, AccessScope.Connect, isLate: true);
        var peer = world.Open();
        peer.SendConnect("c");
        world.Advance(11);
        Assert.True(peer.IsClosed);
        policy.AnswerAll(world); // too late, and without effect
        peer.AssertNothing();
        Assert.Equal(0, world.Core.SessionCount);
    }

    [Theory, MemberData(nameof(Places))]
    public void Packets_behind_a_waiting_connect_are_handled_after_it(int shards, bool isLate)
    {
        var (world, policy) = New(shards, AccessScope.Connect, isLate);
        var watcher = Connect(world, policy, "watcher");
        watcher.Subscribe("t");
        var peer = world.Open();
        byte[] connect = [0x10, 14, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 5, 2, 0, 0, 0, 0, 1, (byte)'p'];
        peer.Send([.. connect, 0x30, 5, 0, 1, (byte)'t', 0, (byte)'x', 0xC0, 0]);
        policy.AnswerAll(world);
        Assert.Equal(ReasonCode.Success, peer.Take(PacketType.ConnAck).Reason);
        peer.Take(PacketType.PingResp);
        Assert.Equal("x", watcher.TakeMessage().Payload);
    }

    [Theory, MemberData(nameof(Cells))]
    public void Refused_publish_is_not_delivered_and_is_acknowledged_as_its_version_can(int shards, bool isLate, ProtocolVersion version)
    {
        var (world, policy) = New(shards, AccessScope.Publish, isLate);
        policy.OnPublish = (topic, _) => topic == "secret" ? AccessDecision.NotAuthorized : AccessDecision.Allowed;
        var subscriber = world.Connect("s", version);
        subscriber.Subscribe("#", qos: 2);
        var publisher = world.Connect("p", version);
        publisher.SendPublish("secret", "0", qos: 1, id: 1);
        publisher.SendPublish("open", "1", qos: 1, id: 2);
        publisher.SendPublish("secret", "2", qos: 2, id: 3);
        publisher.SendPublish("open", "3", qos: 2, id: 4);
        policy.AnswerAll(world);
        Assert.Equal(["1", "3"], [subscriber.TakeMessage().Payload, subscriber.TakeMessage().Payload]);
        subscriber.AssertNothing();
        var refusal = version == ProtocolVersion.Mqtt5 ? ReasonCode.NotAuthorized : ReasonCode.Success;
        Assert.Equal((1, refusal), Answer(publisher, PacketType.PubAck));
        Assert.Equal((2, ReasonCode.Success), Answer(publisher, PacketType.PubAck));
        Assert.Equal((3, refusal), Answer(publisher, PacketType.PubRec));
        Assert.Equal((4, ReasonCode.Success), Answer(publisher, PacketType.PubRec));
    }

    [Theory, MemberData(nameof(Places))]
    public void Changed_publish_goes_out_as_changed(int shards, bool isLate)
    {
        var (world, policy) = New(shards, AccessScope.Publish, isLate);
        policy.OnPublish = (topic, payload) => AccessDecision.Changed(new MessageChange
        {
            Topic = Encoding.UTF8.GetBytes($"plant/{topic}"),
            Payload = Encoding.UTF8.GetBytes(payload.ToUpperInvariant()),
            QoS = QualityOfService.AtLeastOnce,
            Retain = true,
        });
        var subscriber = world.Connect("s");
        subscriber.Subscribe("#", qos: 2);
        var publisher = world.Connect("p");
        publisher.SendPublish("t", "value", qos: 2, id: 1);
        policy.AnswerAll(world);
        var message = subscriber.TakeMessage();
        Assert.Equal(("plant/t", "VALUE", QualityOfService.AtLeastOnce), (message.Topic, message.Payload, message.QoS));
        publisher.Take(PacketType.PubRec);
        var late = world.Connect("late");
        late.Subscribe("plant/#");
        Assert.Equal("VALUE", late.TakeMessage().Payload);
    }

    [Theory, MemberData(nameof(Places))]
    public void Changed_message_or_will_with_too_many_levels_is_refused(int shards, bool isLate)
    {
        var (world, policy) = New(shards, AccessScope.Publish, isLate);
        int levels = new EngineOptions().TopicLevelsMax;
        policy.OnPublish = (topic, _) => AccessDecision.Changed(new MessageChange
        {
            Topic = Encoding.UTF8.GetBytes(topic == "most" ? Deep(levels) : Deep(levels + 1)),
        });
        var subscriber = world.Connect("s");
        subscriber.Subscribe("#");
        var publisher = world.Connect("p");
        publisher.SendPublish("more", "x", qos: 1, id: 1);
        publisher.SendPublish("most", "x", qos: 1, id: 2);
        policy.AnswerAll(world);
        Assert.Equal((1, ReasonCode.TopicNameInvalid), Answer(publisher, PacketType.PubAck));
        Assert.Equal((2, ReasonCode.Success), Answer(publisher, PacketType.PubAck));
        Assert.Equal(Deep(levels), subscriber.TakeMessage().Topic);
        subscriber.AssertNothing();

        (world, policy) = New(shards, AccessScope.Connect, isLate);
        policy.OnConnect = _ => AccessDecision.Changed(new MessageChange { Topic = Encoding.UTF8.GetBytes(Deep(levels + 1)) });
        var peer = world.Open();
        peer.SendConnect("w", will: new TestWill("t", "gone"));
        policy.AnswerAll(world);
        Assert.Equal(ReasonCode.TopicNameInvalid, peer.Take(PacketType.ConnAck).Reason);
        Assert.True(peer.IsClosed);

        static string Deep(int levels) => string.Join('/', Enumerable.Repeat("a", levels));
    }

    [Theory, MemberData(nameof(Places))]
    public void Discarded_publish_is_acknowledged_and_goes_nowhere(int shards, bool isLate)
    {
        var (world, policy) = New(shards, AccessScope.Publish, isLate);
        policy.OnPublish = (_, _) => AccessDecision.Discarded;
        var subscriber = world.Connect("s");
        subscriber.Subscribe("#", qos: 2);
        var publisher = world.Connect("p");
        publisher.SendPublish("t", "x", qos: 1, id: 9, retain: true);
        policy.AnswerAll(world);
        Assert.Equal((9, ReasonCode.Success), Answer(publisher, PacketType.PubAck));
        subscriber.AssertNothing();
        Assert.Equal(0, world.Core.RetainedCount);
        Assert.Equal(1, Enumerable.Range(0, shards).Sum(shard => world.Core.GetShard(shard).Counters.PublishRefused));
    }

    [Theory, MemberData(nameof(Places))]
    public void Many_publishes_that_wait_one_after_the_other_keep_their_order_and_the_receive_maximum(int shards, bool isLate)
    {
        const int Count = 2000;
        var (world, policy) = New(shards, AccessScope.Publish, isLate);
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t");
        var publisher = world.Connect("p");
        List<byte> bytes = [];
        for (int i = 1; i <= Count; i++)
        {
            byte[] payload = Encoding.ASCII.GetBytes($"{i:d4}");
            bytes.AddRange([0x30, 8, 0, 1, (byte)'t', 0, .. payload]);
        }

        publisher.Send([.. bytes]);
        policy.AnswerAll(world);
        for (int i = 1; i <= Count; i++)
        {
            Assert.Equal($"{i:d4}", subscriber.TakeMessage().Payload);
        }

        Assert.False(publisher.Connection.ReadPaused);
    }

    [Fact]
    public void Waiting_publisher_is_not_read_and_outlives_its_keep_alive()
    {
        var (world, policy) = New(1, AccessScope.Publish, isLate: true);
        var publisher = world.Open();
        publisher.SendConnect("p", keepAlive: 5);
        publisher.Take(PacketType.ConnAck);
        publisher.SendPublish("t", "x", qos: 1, id: 1);
        Assert.True(publisher.Connection.ReadPaused);
        world.Advance(60);
        Assert.False(publisher.IsClosed);
        policy.AnswerAll(world);
        publisher.Take(PacketType.PubAck);
        Assert.False(publisher.Connection.ReadPaused);
        world.Advance(8);
        Assert.True(publisher.IsClosed);
    }

    [Theory, MemberData(nameof(Cells))]
    public void What_a_client_sent_before_it_left_is_still_handled(int shards, bool isLate, ProtocolVersion version)
    {
        var (world, policy) = New(shards, AccessScope.Publish, isLate);
        var subscriber = world.Connect("s", version);
        subscriber.Subscribe("#");
        var publisher = world.Open(version);
        publisher.SendConnect("p", will: new TestWill("will", "gone"));
        publisher.Take(PacketType.ConnAck);
        publisher.SendPublish("a", "1");
        publisher.SendPublish("a", "2");
        publisher.SendDisconnect();
        publisher.Finish();
        policy.AnswerAll(world);
        Assert.Equal(["1", "2"], [subscriber.TakeMessage().Payload, subscriber.TakeMessage().Payload]);
        subscriber.AssertNothing();
        Assert.Equal(1, world.Core.SessionCount);
        Assert.Equal(1, OpenConnections(world));
    }

    [Fact]
    public void Connection_that_was_lost_while_its_publish_waited_can_be_taken_over()
    {
        var (world, policy) = New(1, AccessScope.Publish, isLate: true);
        var publisher = world.Connect("p", clean: false, expiry: 100);
        publisher.SendPublish("a", "1");
        publisher.Finish();
        var again = world.Connect("p", clean: false, expiry: 100);
        Assert.True(again.ConnAck.SessionPresent);
        policy.AnswerAll(world);
        Assert.Equal(1, OpenConnections(world));
    }

    [Theory, MemberData(nameof(Cells))]
    public void Each_filter_of_a_subscribe_gets_its_own_answer(int shards, bool isLate, ProtocolVersion version)
    {
        var (world, policy) = New(shards, AccessScope.Subscribe, isLate);
        policy.OnSubscribe = filters => AccessDecision.Granted([.. filters.Select(filter => filter switch
        {
            "no" => ReasonCode.NotAuthorized,
            "low" => ReasonCode.Success,
            _ => ReasonCode.GrantedQoS2,
        })]);
        var peer = world.Connect("s", version);
        byte[] properties = version == ProtocolVersion.Mqtt5 ? [0] : [];
        peer.SendPacket(0x82, [0, 5, .. properties, 0, 2, (byte)'n', (byte)'o', 2, 0, 3, (byte)'l', (byte)'o', (byte)'w', 2, 0, 2, (byte)'o', (byte)'k', 1]);
        policy.AnswerAll(world);
        byte refusal = version == ProtocolVersion.Mqtt5 ? (byte)ReasonCode.NotAuthorized : (byte)0x80;
        Assert.Equal([refusal, 0, 1], peer.Take(PacketType.SubAck).Reasons);
        var publisher = world.Connect("p", version);
        publisher.SendPublish("no", "x");
        publisher.SendPublish("low", "y", qos: 1, id: 1);
        var message = peer.TakeMessage();
        Assert.Equal(("y", QualityOfService.AtMostOnce), (message.Payload, message.QoS));
        peer.AssertNothing();
    }

    [Theory, MemberData(nameof(Places))]
    public void Refused_delivery_is_dropped_with_its_reason_for_that_client_alone(int shards, bool isLate)
    {
        foreach (int qos in (int[])[0, 1, 2])
        {
            var (world, policy) = New(shards, AccessScope.Receive, isLate);
            policy.OnReceive = (_, payload) => payload == "secret" ? AccessDecision.NotAuthorized : AccessDecision.Allowed;
            var subscriber = world.Connect("s");
            subscriber.Subscribe("#", qos: qos);
            var publisher = world.Connect("p");
            foreach (string payload in (string[])["1", "secret", "2", "secret", "3"])
            {
                publisher.SendPublish("t", payload, qos, id: 1);
                if (qos == 2)
                {
                    publisher.SendAck(PacketType.PubRel, 1);
                }
            }

            policy.AnswerAll(world);
            Assert.Equal(["1", "2", "3"], [subscriber.TakeMessage().Payload, subscriber.TakeMessage().Payload, subscriber.TakeMessage().Payload]);
            subscriber.AssertNothing();
            Assert.Equal(2, world.Dropped(DropReason.NotAuthorized));
        }
    }

    [Theory, MemberData(nameof(Places))]
    public void Queued_shared_and_retained_messages_are_asked_about_too(int shards, bool isLate)
    {
        var (world, policy) = New(shards, AccessScope.Receive, isLate);
        policy.OnReceive = (topic, _) => topic.EndsWith("/no", StringComparison.Ordinal) ? AccessDecision.Refused(ReasonCode.UnspecifiedError) : AccessDecision.Allowed;
        var publisher = world.Connect("p");
        publisher.Publish1("r/no", "r0", retain: true);
        publisher.Publish1("r/yes", "r1", retain: true);
        var queued = world.Connect("q", clean: false, expiry: 100);
        queued.Subscribe("q/#", qos: 1);
        queued.Cut();
        publisher.Publish1("q/no", "q0");
        publisher.Publish1("q/yes", "q1");
        queued = world.Connect("q", clean: false, expiry: 100);
        var member = world.Connect("m");
        member.Subscribe("$share/g/s/#", qos: 1);
        publisher.Publish1("s/no", "s0");
        publisher.Publish1("s/yes", "s1");
        publisher.SendPublish("s/no", "s2");
        publisher.SendPublish("s/yes", "s3");
        var late = world.Connect("late");
        late.Subscribe("r/#", qos: 1);
        policy.AnswerAll(world);
        Assert.Equal("q1", queued.TakeMessage().Payload);
        queued.AssertNothing();
        string[] shared = [member.TakeMessage().Payload, member.TakeMessage().Payload];
        Assert.Equal(["s1", "s3"], shared.Order());
        member.AssertNothing();
        Assert.Equal("r1", late.TakeMessage().Payload);
        late.AssertNothing();
        Assert.Equal(4, world.Dropped(DropReason.Intercepted));
    }

    [Fact]
    public void QoS0_that_waits_for_answers_is_bounded()
    {
        var (world, policy) = New(1, AccessScope.Receive, isLate: true);
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t");
        var publisher = world.Connect("p");
        for (int i = 0; i < 1500; i++)
        {
            publisher.SendPublish("t", $"{i}");
        }

        Assert.Equal(500, world.Dropped(DropReason.DecisionBacklog));
        policy.AnswerAll(world);
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal($"{i}", subscriber.TakeMessage().Payload);
        }

        subscriber.AssertNothing();
    }

    [Fact]
    public void Subscriber_that_leaves_with_answers_due_leaves_nothing_behind()
    {
        var (world, policy) = New(1, AccessScope.Receive, isLate: true);
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t", qos: 1);
        var publisher = world.Connect("p");
        publisher.SendPublish("t", "0");
        publisher.SendPublish("t", "1", qos: 1, id: 1);
        publisher.SendPublish("t", "2", qos: 1, id: 2);
        Assert.Equal(2, policy.WaitingCount); // one beside the journals, one in them
        subscriber.Cut();
        policy.AnswerAll(world);
        Assert.Equal(1, OpenConnections(world));
        publisher.Take(PacketType.PubAck);
    }

    [Fact]
    public void Trusted_listener_is_not_asked()
    {
        var (world, policy) = New(1, Everything, isLate: false);
        var peer = world.Open(profile: new ListenerProfile("in process", Trusted: true));
        peer.SendConnect("c");
        peer.Take(PacketType.ConnAck);
        peer.Subscribe("t", qos: 1);
        peer.SendPublish("t", "x", qos: 1, id: 1);
        peer.TakeMessage();
        Assert.Equal(0, policy.AskedCount);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Peer_that_takes_nothing_is_closed_unless_it_is_trusted(bool isTrusted)
    {
        var world = new World();
        var slow = world.Open(profile: new ListenerProfile("test", Trusted: isTrusted));
        slow.SendConnect("slow");
        slow.Take(PacketType.ConnAck);
        slow.Subscribe("t");
        slow.StopsReading = true;
        world.Connect("p").SendPublish("t", "x");
        world.Advance(61);
        Assert.Equal(!isTrusted, slow.IsClosed);
    }

    private static (World World, ScriptedPolicy Policy) New(int shards, AccessScope scope, bool isLate)
    {
        var policy = new ScriptedPolicy(scope) { IsLate = isLate };
        return (new World(new EngineOptions { Shards = shards }, access: policy), policy);
    }

    private static Peer Connect(World world, ScriptedPolicy policy, string id)
    {
        var peer = world.Open();
        peer.SendConnect(id);
        policy.AnswerAll(world);
        peer.Take(PacketType.ConnAck);
        return peer;
    }

    private static (int Identifier, ReasonCode Reason) Answer(Peer peer, PacketType type)
    {
        var packet = peer.Take(type);
        return (packet.PacketIdentifier, packet.Reason == ReasonCode.NoMatchingSubscribers ? ReasonCode.Success : packet.Reason);
    }

    private static long OpenConnections(World world)
    {
        long sum = 0;
        for (int i = 0; i < world.Core.ShardCount; i++)
        {
            sum += world.Core.GetShard(i).Counters.ConnectionsOpen;
        }

        return sum;
    }
}
