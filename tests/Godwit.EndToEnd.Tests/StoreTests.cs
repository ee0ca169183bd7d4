using System.Buffers.Binary;
using System.Diagnostics;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.EndToEnd.Tests;

/// <summary>A server with a data directory, and the tools for it, by their command lines.</summary>
public sealed class StoreTests : IDisposable
{
    // Together more than RocksDB has set aside for its log beforehand.
    private const int MessageBytes = 300_000;
    private const int Messages = 150;

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-test-").FullName;

    private string Data => Path.Combine(_folder, "data");

    private static string? NotHere => TestBroker.IsMosquitto ? "godwit-server's own" : null;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Second_server_on_a_data_directory_is_refused_and_told_whose_it_is()
    {
        Assert.SkipWhen(NotHere is not null, NotHere ?? "");
        await using var broker = await StartAsync();
        var (exitCode, output) = await RunAsync("--listen", "mqtt://127.0.0.1:0", "--data", Data);
        Assert.Equal(1, exitCode);
        Assert.Contains($"in use by process {broker.Id}", output, StringComparison.Ordinal);
        await using var client = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await client.PingAsync();
    }

    [Fact]
    public async Task Store_of_a_newer_version_is_refused_by_the_server_and_by_the_tools()
    {
        Assert.SkipWhen(NotHere is not null, NotHere ?? "");
        await using (var broker = await StartAsync())
        {
            await StopAsync(broker);
        }

        using (var tables = RocksDbTables.Open(Data))
        {
            using var writes = tables.CreateWriteSet();
            var newer = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(newer, 9);
            writes.Put(Table.Meta, Keys.Format, newer);
            tables.Commit(writes, WriteGuarantee.Fsync);
        }

        foreach (var arguments in new[] { ["--listen", "mqtt://127.0.0.1:0", "--data", Data], (string[])["store", "check", "--data", Data] })
        {
            var (exitCode, output) = await RunAsync(arguments);
            Assert.Equal(1, exitCode);
            Assert.Contains("The store has format 9; this build knows formats up to 1", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Backup_of_a_running_server_is_restored_to_a_server_that_delivers_what_waited()
    {
        Assert.SkipWhen(NotHere is not null, NotHere ?? "");
        await using (var broker = await StartAsync())
        {
            await SubscribeOfflineAsync(broker);
            await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
            await publisher.PublishAsync("t", "kept", qos: 1, retain: true);
            await SucceedAsync("store", "backup", "--data", Data, "--to", Path.Combine(_folder, "b.tar"));
            Assert.Contains("sound", await SucceedAsync("store", "check", "--data", Data), StringComparison.Ordinal);
            Assert.Contains("\"queuedMessages\":1", await SucceedAsync("store", "stats", "--data", Data, "--json"), StringComparison.Ordinal);
            var lines = await SucceedAsync("store", "export", "--data", Data, "--output", Path.Combine(_folder, "e"));
            Assert.Empty(lines);
            await SucceedAsync("store", "import", "--data", Path.Combine(_folder, "imported"), "--input", Path.Combine(_folder, "e"));
            var (exitCode, output) = await RunAsync("store", "restore", "--data", Data, "--from", Path.Combine(_folder, "b.tar"));
            Assert.True(exitCode == 1 && output.Contains("not empty", StringComparison.Ordinal), output);
        }

        await SucceedAsync("store", "restore", "--data", Path.Combine(_folder, "restored"), "--from", Path.Combine(_folder, "b.tar"));
        foreach (var name in new[] { "restored", "imported" })
        {
            await using var broker = await BrokerProcess.StartAsync(new BrokerSettings { Data = Path.Combine(_folder, name) });
            await using var subscriber = await ResumeAsync(broker);
            Assert.Equal("kept", (await subscriber.ReceivePublishAsync()).Text);
            await using var other = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
            await other.SubscribeAsync("t", 0);
            var retained = await other.ReceivePublishAsync();
            Assert.Equal(("kept", true), (retained.Text, retained.Retain));
        }
    }

    [Fact]
    public async Task Full_disk_refuses_what_has_to_be_kept_and_all_goes_on_by_itself_when_there_is_room()
    {
        Assert.SkipWhen(NotHere is not null, NotHere ?? "");
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root may mount a small disk");
        Directory.CreateDirectory(Data);
        Assert.SkipUnless(await MountAsync("mount", "-t", "tmpfs", "-o", "size=192m", "godwit-test", Data) == 0, "this system does not let root mount");
        try
        {
            HashSet<int> taken = [], refused = [];
            await using (var broker = await BrokerProcess.StartAsync(new BrokerSettings
            {
                Data = Data,
                Environment = new Dictionary<string, string> { ["GODWIT__LIMITS__FREESPACEMIN"] = "1MiB", ["GODWIT__LIMITS__QUEUEDBYTESMAX"] = "256MiB" },
            }))
            {
                await SubscribeOfflineAsync(broker);
                await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
                var ballast = Path.Combine(Data, "ballast");
                Fill(ballast);
                for (var i = 1; i <= Messages; i++)
                {
                    await publisher.SendAsync(Packet.Publish(MqttVersion.V50, "t", new string('x', MessageBytes), qos: 1, packetId: i));
                }

                // Whichever comes first: the look at the disk, or a write that it refuses.
                await WaitForLogAsync(broker, "[1302]", "[1303]");

                // What needs no room goes on, what needs some is refused at once.
                await using var late = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
                await late.SubscribeAsync("live", 0);
                await late.PublishAsync("live", "on");
                Assert.Equal("on", (await late.ReceivePublishAsync()).Text);
                await late.SendAsync(Packet.Publish(MqttVersion.V50, "t", "no", qos: 1, packetId: 1));
                Assert.Equal(0x97, (await late.ReceiveAsync(PacketType.PubAck)).ReasonCode);

                File.Delete(ballast);
                await WaitForLogAsync(broker, "[1304]");
                for (var i = 1; i <= Messages; i++)
                {
                    var answer = await publisher.ReceiveAsync(PacketType.PubAck);
                    (answer.ReasonCode == 0 ? taken : refused).Add(answer.PacketIdentifier);
                    Assert.Contains(answer.ReasonCode, new[] { 0, 0x97 });
                }

                Assert.Equal(Messages, taken.Count + refused.Count);
                await publisher.PublishAsync("t", "again", qos: 1);
                await StopAsync(broker);
            }

            await using var next = await BrokerProcess.StartAsync(new BrokerSettings { Data = Data });
            await using var subscriber = await ResumeAsync(next);
            for (var i = 1; i <= taken.Count + 1; i++)
            {
                var message = await subscriber.ReceivePublishAsync();
                Assert.Equal(i <= taken.Count ? MessageBytes : "again".Length, message.Text.Length);
            }

            await StopAsync(next);
            Assert.Contains("sound", await SucceedAsync("store", "check", "--data", Data), StringComparison.Ordinal);
        }
        finally
        {
            await MountAsync("umount", "-l", Data);
        }
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static async Task WaitForLogAsync(BrokerProcess broker, params string[] entries)
    {
        var started = Stopwatch.GetTimestamp();
        while (!entries.Any(entry => broker.Output.Contains(entry, StringComparison.Ordinal)))
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeLimits.Process && !broker.HasExited, $"no {entries[0]}:{Environment.NewLine}{broker.Output}");
            await Task.Delay(50);
        }
    }

    private static async Task SubscribeOfflineAsync(BrokerProcess broker)
    {
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, Fields());
        await subscriber.SubscribeAsync("t", 1);
        await subscriber.DisconnectAsync();
    }

    private static async Task<RawMqttClient> ResumeAsync(BrokerProcess broker)
    {
        var subscriber = await RawMqttClient.ConnectAsync(broker, Fields());
        Assert.True(subscriber.ConnAck.SessionPresent);
        return subscriber;
    }

    private static ConnectFields Fields() => new()
    {
        Version = MqttVersion.V50,
        ClientId = "offline",
        CleanStart = false,
        SessionExpiry = 3600,
    };

    private static async Task StopAsync(BrokerProcess broker)
    {
        broker.Terminate();
        Assert.Equal(0, await broker.WaitForExitAsync());
    }

    private static async Task<string> SucceedAsync(params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(arguments);
        Assert.True(exitCode == 0, output);
        return output;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(BrokerProcess.GodwitProgram, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeLimits.Process);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, await output + await error);
    }

    private static async Task<int> MountAsync(string program, params string[] arguments)
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

    private Task<BrokerProcess> StartAsync() => BrokerProcess.StartAsync(new BrokerSettings { Data = Data });
}
