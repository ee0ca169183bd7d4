using System.Diagnostics;
using System.Globalization;

namespace Godwit.EndToEnd.Tests;

/// <summary>A server whose data directory lies on a small disk of its own, which is really full.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private const int MiB = 1024 * 1024;
    private const int DiskMiB = 256;
    private const int MessageBytes = 300_000;

    private const int MessagesMax = 200;

    // The server looks at the disk after each 16 MiB of messages, and RocksDB sets aside little more than that for its log. With
    // so many retained messages in it, which are not counted, the log ends first: so it is the disk that says that there is no room.
    private const int RetainedBefore = 11;
    private const int MessagesPipelined = 60;
    private const int QuotaExceeded = 0x97;

    private readonly string _data = Directory.CreateTempSubdirectory("godwit-test-").FullName;
    private bool _isMounted;

    private string Ballast => Path.Combine(_data, "ballast");

    public async ValueTask InitializeAsync()
    {
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && !TestBroker.IsMosquitto)
        {
            _isMounted = await RunAsync("mount", "-t", "tmpfs", "-o", $"size={DiskMiB}m", "godwit-test", _data) == 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
        {
            await RunAsync("umount", "-l", _data);
        }

        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Below_the_free_space_to_be_left_what_has_to_be_kept_is_refused_and_all_goes_on_by_itself_when_there_is_room()
    {
        SkipWithoutDisk();
        List<string> taken;
        await using (var broker = await StartAsync(freeSpaceMin: "64MiB"))
        {
            await SubscribeOfflineAsync(broker);
            Fill(leavesFree: 96 * MiB);
            taken = await PublishUntilRefusedAsync(broker);
            await WaitForLogAsync(broker, "[1302]");
            Assert.DoesNotContain("[1303]", broker.Output, StringComparison.Ordinal);
            taken.AddRange(await CheckFullAndRelieveAsync(broker));
        }

        await CheckQueueAsync(taken);
    }

    [Fact]
    public async Task Write_that_the_disk_refuses_is_not_acknowledged_and_all_goes_on_by_itself_when_there_is_room()
    {
        SkipWithoutDisk();
        var taken = new List<string>();
        await using (var broker = await StartAsync(freeSpaceMin: "1MiB"))
        {
            await SubscribeOfflineAsync(broker);
            await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
            await PublishUntilDiskRefusesAsync(broker, publisher);
            var later = await CheckFullAndRelieveAsync(broker);
            for (var i = 1; i <= MessagesPipelined; i++)
            {
                var answer = await publisher.ReceiveAsync(PacketType.PubAck);
                Assert.Equal(i, answer.PacketIdentifier);
                Assert.Contains(answer.ReasonCode, new[] { 0, QuotaExceeded });
                if (answer.ReasonCode == 0)
                {
                    taken.Add(Text(i));
                }
            }

            taken.AddRange(later);
        }

        await CheckQueueAsync(taken);
    }

    [Fact]
    public async Task Server_killed_while_its_disk_is_full_keeps_what_it_has_acknowledged()
    {
        SkipWithoutDisk();
        int acknowledged;
        await using (var broker = await StartAsync(freeSpaceMin: "1MiB"))
        {
            await SubscribeOfflineAsync(broker);
            await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
            await PublishUntilDiskRefusesAsync(broker, publisher);
            var answers = await publisher.PingAndCollectAsync();
            Assert.All(answers, answer => Assert.Equal(0, answer.ReasonCode));
            acknowledged = answers.Count;
        }

        // There is no room to start either: that is said, and spoils nothing.
        var error = await Assert.ThrowsAsync<MqttExpectationException>(() => StartAsync(freeSpaceMin: "1MiB"));
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        File.Delete(Ballast);
        await CheckQueueAsync([.. Enumerable.Range(1, acknowledged).Select(Text)], mayHoldMore: true);
    }

    // What clients see while there is no room, and when there is again. Answers what was taken.
    private async Task<List<string>> CheckFullAndRelieveAsync(BrokerProcess broker)
    {
        await using var live = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await live.SubscribeAsync("t", 0);
        await using var modern = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await modern.SendAsync(Packet.Publish(MqttVersion.V50, "t", "refused", qos: 1, packetId: 1));
        Assert.Equal(QuotaExceeded, (await modern.ReceiveAsync(PacketType.PubAck)).ReasonCode);
        await modern.SendAsync(Packet.Publish(MqttVersion.V50, "r", "refused", qos: 1, packetId: 1, retain: true));
        Assert.Equal(QuotaExceeded, (await modern.ReceiveAsync(PacketType.PubAck)).ReasonCode);

        var fields = new ConnectFields { Version = MqttVersion.V311, ClientId = "publisher" };
        await using (var silent = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await silent.SendAsync(Packet.Publish(MqttVersion.V311, "t", "again", qos: 1, packetId: 7));
            await silent.PingAsync(); // would follow a PUBACK

            await modern.PublishAsync("t", "at most once");
            Assert.Equal("at most once", (await live.ReceivePublishAsync()).Text);

            File.Delete(Ballast);
            await WaitForLogAsync(broker, "[1304]");
            await silent.ExpectClosedAsync();
        }

        await using (var again = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await again.SendAsync(Packet.Publish(MqttVersion.V311, "t", "again", qos: 1, packetId: 7, dup: true));
            await again.ReceiveAckAsync(PacketType.PubAck, 7);
        }

        await modern.PublishAsync("t", "last", qos: 1);
        return ["again", "last"];
    }

    private static async Task<List<string>> PublishUntilRefusedAsync(BrokerProcess broker)
    {
        var taken = new List<string>();
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        while (true)
        {
            var text = Text(taken.Count + 1);
            await publisher.SendAsync(Packet.Publish(MqttVersion.V50, "t", text, qos: 1, packetId: 1));
            var answer = await publisher.ReceiveAsync(PacketType.PubAck);
            if (answer.ReasonCode == QuotaExceeded)
            {
                Assert.NotEmpty(taken);
                return taken;
            }

            Assert.Equal(0, answer.ReasonCode);
            taken.Add(text);
            Assert.True(taken.Count < MessagesMax, "the disk is full, but nothing is refused");
        }
    }

    // Their acknowledgements are still to be read.
    private async Task PublishUntilDiskRefusesAsync(BrokerProcess broker, RawMqttClient publisher)
    {
        for (var i = 1; i <= RetainedBefore; i++)
        {
            await publisher.PublishAsync($"retained/{i}", Text(i), qos: 1, retain: true);
        }

        Fill(leavesFree: 0);
        for (var i = 1; i <= MessagesPipelined; i++)
        {
            await publisher.SendAsync(Packet.Publish(MqttVersion.V50, "t", Text(i), qos: 1, packetId: i));
        }

        await WaitForLogAsync(broker, "[1303]");
    }

    // After kill -9: everything acknowledged, in its order, and nothing that was refused.
    private async Task CheckQueueAsync(List<string> expected, bool mayHoldMore = false)
    {
        await using var broker = await StartAsync(freeSpaceMin: "1MiB");
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, Offline);
        Assert.True(subscriber.ConnAck.SessionPresent);
        foreach (var text in expected)
        {
            var message = await subscriber.ReceivePublishAsync();
            Assert.Equal((text[..Math.Min(20, text.Length)], text.Length), (message.Text[..Math.Min(20, message.Text.Length)], message.Text.Length));
        }

        Assert.True(mayHoldMore || (await subscriber.PingAndCollectAsync()).Count == 0, "more is queued than was acknowledged");
        broker.Terminate();
        Assert.Equal(0, await broker.WaitForExitAsync());
    }

    private static ConnectFields Offline => new() { Version = MqttVersion.V50, ClientId = "offline", CleanStart = false, SessionExpiry = 3600 };

    private static string Text(int number) => string.Create(CultureInfo.InvariantCulture, $"{number}.").PadRight(MessageBytes, 'x');

    private void SkipWithoutDisk()
    {
        Assert.SkipWhen(TestBroker.IsMosquitto, "godwit-server's own");
        Assert.SkipUnless(_isMounted, "needs a disk that is full, and only root on a Linux that allows it may mount a small one: run as root (sudo) to include this test");
    }

    private Task<BrokerProcess> StartAsync(string freeSpaceMin) => BrokerProcess.StartAsync(new BrokerSettings
    {
        Data = _data,
        Environment = new Dictionary<string, string> { ["GODWIT__LIMITS__FREESPACEMIN"] = freeSpaceMin, ["GODWIT__LIMITS__QUEUEDBYTESMAX"] = "256MiB" },
    });

    private static async Task SubscribeOfflineAsync(BrokerProcess broker)
    {
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, Offline);
        await subscriber.SubscribeAsync("t", 1);
        await subscriber.DisconnectAsync();
    }

    private void Fill(long leavesFree)
    {
        using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var drive = new DriveInfo(_data);
        var block = new byte[4096];
        try
        {
            while (drive.AvailableFreeSpace > leavesFree || leavesFree == 0)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static async Task WaitForLogAsync(BrokerProcess broker, string entry)
    {
        var started = Stopwatch.GetTimestamp();
        while (!broker.Output.Contains(entry, StringComparison.Ordinal))
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeLimits.Process && !broker.HasExited, $"no {entry}:{Environment.NewLine}{broker.Output}");
            await Task.Delay(50);
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
