using Godwit.Engine.Observation;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

public sealed class MailboxTests
{
    private const int Burst = 500;

    [Fact]
    public void QoS0_that_does_not_fit_into_another_loops_mailbox_is_dropped_with_its_reason()
    {
        var (world, publisher, subscriber) = Pair();
        publisher.Send(Publishes(qos: 0));
        int delivered = subscriber.WaitingCount;
        Assert.InRange(delivered, 1, Burst - 1);
        Assert.Equal(Burst - delivered, world.Dropped(DropReason.MailboxFull));
    }

    [Fact]
    public void QoS1_is_passed_on_all_the_same_and_the_publisher_is_read_again_afterwards()
    {
        var (world, publisher, subscriber) = Pair();
        publisher.Send(Publishes(qos: 1));
        for (int i = 0; i < Burst; i++)
        {
            Assert.Equal($"{i:d4}", subscriber.TakeMessage().Payload);
            publisher.Take(PacketType.PubAck);
        }

        subscriber.AssertNothing();
        world.Advance(0.1);
        Assert.False(publisher.Connection.ReadPaused);
        Assert.True(publisher.WasReadPaused);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void QoS0_beyond_the_output_buffer_in_one_turn_is_dropped_only_when_the_subscriber_does_not_read(bool stopsReading)
    {
        var world = new World(new EngineOptions { Shards = 2, OutputBufferBytesMax = 4096, MailboxItemsMax = 65_536 });
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t");
        var publisher = world.Connect("p");
        Assert.NotEqual(subscriber.Connection.OwnerIndex, publisher.Connection.OwnerIndex);
        subscriber.StopsReading = stopsReading;
        for (int i = 0; i < 3; i++)
        {
            publisher.Send([.. Publishes(qos: 0), .. Publishes(qos: 0), .. Publishes(qos: 0)]);
        }

        Assert.Equal(stopsReading, world.Dropped(DropReason.SlowConsumer) > 0);
        Assert.Equal(stopsReading ? 0 : 9 * Burst, subscriber.WaitingCount);
    }

    private static (World World, Peer Publisher, Peer Subscriber) Pair()
    {
        var world = new World(new EngineOptions { Shards = 2, MailboxItemsMax = 16, OutboundInflightMaximum = 1000 });
        var subscriber = world.Connect("s");
        subscriber.Subscribe("t", qos: 1);
        var publisher = world.Connect("p");
        Assert.NotEqual(subscriber.Connection.OwnerIndex, publisher.Connection.OwnerIndex);
        return (world, publisher, subscriber);
    }

    private static byte[] Publishes(int qos)
    {
        List<byte> bytes = [];
        for (int i = 0; i < Burst; i++)
        {
            byte[] payload = System.Text.Encoding.ASCII.GetBytes($"{i:d4}");
            byte[] body = qos == 0 ? [0, 1, (byte)'t', 0, .. payload] : [0, 1, (byte)'t', (byte)((i + 1) >> 8), (byte)(i + 1), 0, .. payload];
            bytes.AddRange([(byte)(0x30 | (qos << 1)), (byte)body.Length, .. body]);
        }

        return [.. bytes];
    }
}
