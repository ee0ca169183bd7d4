using System.Diagnostics;

namespace Godwit.Crash.Tests.Trace;

/// <summary>A broker under strace: what it does before it acknowledges.</summary>
[Collection(nameof(CrashTests))]
public sealed class SystemCallTests
{
    private const int Publishers = 4;
    private const int Batches = 12;
    private const int BatchSize = 10;
    private const string Tracer = "/usr/bin/strace";
    private const string Calls = "trace=openat,open,close,write,writev,pwrite64,pwritev,fdatasync,fsync,sendto,sendmsg";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("fsync", true)]
    [InlineData("os", false)]
    public async Task Each_acknowledgement_leaves_after_the_write_of_its_message_and_at_level_fsync_after_a_sync_of_it(string level, bool syncs)
    {
        Assert.SkipUnless(await CanTraceAsync(), "strace is not installed (Debian: strace) or may not trace here");
        string trace = Path.Combine(Directory.CreateTempSubdirectory("godwit-trace-").FullName, "calls");

        // -D: the broker is the process that was started, the tracer watches from aside.
        var options = new CrashOptions { Level = level, Launcher = [Tracer, "-D", "-f", "-ttt", "-xx", "-s", "1000000", "-e", Calls, "-e", "signal=KILL", "-o", trace] };
        await using (var broker = new Broker(options))
        {
            broker.Launch();
            await broker.WaitUntilReadyAsync();
            await PublishAsync(new BrokerAddress("127.0.0.1", broker.Port, Patience) { Diagnostics = () => broker.Output });
            await broker.KillAsync();
            broker.Forget();
        }

        var order = SyncOrder.Read(await ReadToTheEndAsync(trace));

        Assert.Equal(Publishers * Batches * BatchSize, order.Acknowledgements);
        Assert.Empty(order.FindFaults(needsSync: syncs));
        Assert.Equal(syncs, order.Syncs > Batches);
        Directory.Delete(Path.GetDirectoryName(trace)!, recursive: true);
    }

    private static async Task<bool> CanTraceAsync()
    {
        if (!File.Exists(Tracer))
        {
            return false;
        }

        using var probe = Process.Start(new ProcessStartInfo(Tracer, ["-o", "/dev/null", "/bin/true"]) { RedirectStandardError = true })!;
        await probe.WaitForExitAsync();
        return probe.ExitCode == 0;
    }

    private static async Task PublishAsync(BrokerAddress address)
    {
        await using var subscriber = await RawMqttClient.ConnectAsync(address, new ConnectFields { ClientId = "subscriber", CleanStart = false, SessionExpiry = 3600 });
        await subscriber.SendAsync(Packet.Subscribe(MqttVersion.V50, 1, "traced/#", 2));
        await subscriber.ReceiveAsync(PacketType.SubAck);
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(number => PublishAsync(address, number)));
    }

    private static async Task PublishAsync(BrokerAddress address, int number)
    {
        int qos = 1 + (number % 2);
        var version = number < 2 ? MqttVersion.V50 : MqttVersion.V311;
        await using var publisher = await RawMqttClient.ConnectAsync(
            address, new ConnectFields { Version = version, ClientId = $"publisher{number}", CleanStart = false, SessionExpiry = version == MqttVersion.V50 ? 3600 : null });
        int next = 1 + (number * 10_000);
        for (int batch = 0; batch < Batches; batch++)
        {
            var identifiers = Enumerable.Range(next, BatchSize).ToArray();
            next += BatchSize;

            // Twice, far apart: a log breaks records at the ends of its blocks.
            await publisher.SendAsync(Packet.Join(identifiers.Select(identifier =>
                Packet.Publish(version, $"traced/{number}", $"{SyncOrder.Marker(identifier)}{new string('.', 100)}{SyncOrder.Marker(identifier)}", qos, identifier))));
            foreach (int identifier in identifiers)
            {
                var answer = await publisher.ReceiveAsync(qos == 1 ? PacketType.PubAck : PacketType.PubRec);
                Assert.Equal(identifier, answer.PacketIdentifier);
            }

            if (qos == 2)
            {
                await publisher.SendAsync(Packet.Join(identifiers.Select(identifier => Packet.Ack(PacketType.PubRel, identifier))));
                foreach (int identifier in identifiers)
                {
                    Assert.Equal(identifier, (await publisher.ReceiveAsync(PacketType.PubComp)).PacketIdentifier);
                }
            }
        }
    }

    // The tracer writes the end of the traced process last.
    private static async Task<string[]> ReadToTheEndAsync(string trace)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            string[] lines = await File.ReadAllLinesAsync(trace);
            if (lines is [.., var last] && last.Contains("+++ killed by SIGKILL", StringComparison.Ordinal))
            {
                return lines;
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "the trace has no end");
            await Task.Delay(50);
        }
    }
}
