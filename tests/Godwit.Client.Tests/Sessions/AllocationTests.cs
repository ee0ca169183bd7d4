using Godwit.Client.Sessions;
using Godwit.Protocol;

namespace Godwit.Client.Tests.Sessions;

public class AllocationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void An_exchange_in_steady_state_allocates_nothing_in_the_session(int qos)
    {
        var sink = new SilentSink();
        var session = new ClientSession(new MqttClientOptions { ClientId = "c" }, new ClientSessionState(ProtocolVersion.Mqtt5, "c"), sink);
        session.Start(0);
        session.Receive(Wire.ConnAck(), 0);
        var command = new PublishCommand { Topic = "sensors/kitchen", Payload = new byte[100], QoS = (QualityOfService)qos };
        var incoming = Wire.Publish("sensors/kitchen", "21.5", qos, 77);
        var acknowledgements = Enumerable.Range(0, 65536).Select(id => (byte[][])[Wire.PubAck((ushort)id), Wire.PubRec((ushort)id), Wire.PubComp((ushort)id)]).ToArray();
        var release = Wire.PubRel(77);
        var spare = new PacketBuffer();
        var allocated = long.MaxValue;
        ushort id = 0;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var index = 0; index < 1000; index++)
            {
                session.Publish(command, out _, out _);
                session.Receive(incoming, 0);
                if (qos > 0)
                {
                    id++;
                    session.TryTake(sink.Delivery);
                    foreach (var packet in acknowledgements[id].AsSpan(qos == 1 ? 0 : 1, qos))
                    {
                        session.Receive(packet, 0);
                    }
                }

                if (qos == 2)
                {
                    session.Receive(release, 0);
                }

                var output = session.TakeOutput(spare);
                output.Clear();
                spare = output;
                session.HandleWritten(true, 0);
            }

            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(5000, sink.Messages);
        Assert.Equal(qos == 0 ? 0 : 5000, sink.Published);
        Assert.Equal(0, allocated);
    }

    private sealed class SilentSink : IClientSessionSink
    {
        public long Delivery { get; private set; }

        public int Messages { get; private set; }

        public int Published { get; private set; }

        public void HandleConnected(ConnectResult result)
        {
            // Nothing to keep.
        }

        public int HandleMessage(scoped in PublishPacket packet, ReceivedTopic topic, long delivery)
        {
            Messages++;
            Delivery = delivery;
            return 1;
        }

        public void HandlePublished(PublishCommand command, in PublishResult result) => Published++;

        public void HandlePublishFailed(PublishCommand command, ReasonCode? reason, string message) => Assert.Fail(message);

        public void HandleAnswered(RequestCommand command) => Assert.Fail("no request was made");

        public void HandleRequestFailed(RequestCommand command) => Assert.Fail("no request was made");

        public void HandleClosed(MqttDisconnection disconnection, ConnectResult? refusal) => Assert.Fail(disconnection.Message);
    }
}
