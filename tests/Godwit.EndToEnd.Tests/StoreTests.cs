using System.Buffers.Binary;
using System.Diagnostics;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.EndToEnd.Tests;

/// <summary>A server with a data directory, and the tools for it, by their command lines.</summary>
public sealed class StoreTests : IDisposable
{
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

    private Task<BrokerProcess> StartAsync() => BrokerProcess.StartAsync(new BrokerSettings { Data = Data });
}
