using Godwit.Testing;

namespace Godwit.Samples.Tests;

/// <summary>Each sample is run as the program that it is.</summary>
public sealed class SampleTests
{
    private const string Probe = "987654321";

    [Fact]
    public async Task Consumer_prints_what_the_publisher_publishes()
    {
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings());
        var url = $"mqtt://127.0.0.1:{broker.Port}";
        await using var consumer = StartSample("Consumer", url);
        await WaitForSubscriptionAsync(consumer, broker.Port);
        await using var publisher = StartSample("Publisher", url);
        Assert.Equal(0, await publisher.WaitForExitAsync());
        Assert.Equal(["garden/temperature: Success"], publisher.Lines);
        await consumer.WaitForLineAsync(line => line == "garden/temperature: 21.5");
        Assert.All(consumer.Lines.Where(line => line != "garden/temperature: 21.5"), line => Assert.Equal($"garden/probe: {Probe}", line));
    }

    [Fact]
    public async Task Embedded_broker_publishes_streams_and_asks_its_hook()
    {
        await using var app = StartSample("EmbeddedBroker", "--urls", "http://127.0.0.1:0", "--Godwit:Listen:0", "mqtt://127.0.0.1:0");
        var http = new Uri(After(await app.WaitForLineAsync(line => line.Contains("Now listening on: ", StringComparison.Ordinal)), "on: "));
        var port = new Uri(After(await app.WaitForLineAsync(line => line.Contains("Listening on mqtt://", StringComparison.Ordinal)), "on ")).Port;
        using (var client = new HttpClient { BaseAddress = http, Timeout = TimeLimits.Process })
        {
            await using var clientOfBroker = StartGodwit("sub", "-p", $"{port}", "-t", "garden/#", "-v");
            await WaitForSubscriptionAsync(clientOfBroker, port);
            using var answer = await client.PostAsync("garden/temperature?value=21.5", null);
            Assert.Equal("Success", await answer.Content.ReadAsStringAsync());
            await clientOfBroker.WaitForLineAsync(line => line == "garden/temperature 21.5");
            using var refused = await client.PostAsync("garden/temperature?value=warm", null);
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);

            // Its first bytes come with its first message.
            await using var stream = ProgramRun.Start("curl", "-sN", $"{http}garden");
            await WaitForSubscriptionAsync(stream, port);
            await using var allowed = StartGodwit("pub", "-p", $"{port}", "-t", "garden/humidity", "-m", "60", "-q", "1");
            Assert.Equal(0, await allowed.WaitForExitAsync());
            await stream.WaitForLineAsync(line => line == "data: garden/humidity: 60");

            await using var wrong = StartGodwit("pub", "-p", $"{port}", "-t", "garden/humidity", "-m", "damp", "-q", "1");
            Assert.Equal(0x99, await wrong.WaitForExitAsync());

            // An open stream does not hold up the end, and ends as streams do.
            app.Interrupt();
            Assert.Equal(0, await app.WaitForExitAsync());
            Assert.Equal(0, await stream.WaitForExitAsync());
        }

        Assert.DoesNotContain(app.Lines, line => line.StartsWith("fail:", StringComparison.Ordinal));
    }

    private static ProgramRun StartSample(string name, params string[] arguments) =>
        ProgramRun.Start(RepositoryFiles.PathOf("samples", name, "bin", RepositoryFiles.Configuration, "net10.0", name), arguments);

    private static ProgramRun StartGodwit(params string[] arguments) =>
        ProgramRun.Start(RepositoryFiles.PathOf("src", "Godwit.Cli", "bin", RepositoryFiles.Configuration, "net10.0", "godwit"), arguments);

    private static async Task WaitForSubscriptionAsync(ProgramRun subscriber, int port)
    {
        var limit = DateTime.UtcNow + TimeLimits.Process;
        do
        {
            Assert.True(DateTime.UtcNow < limit, $"It has not subscribed. {subscriber}");
            await using var probe = StartGodwit("pub", "-p", $"{port}", "-t", "garden/probe", "-m", Probe);
            Assert.Equal(0, await probe.WaitForExitAsync());
        }
        while (await subscriber.TryWaitForLineAsync(line => line.Contains(Probe, StringComparison.Ordinal), TimeSpan.FromMilliseconds(200)) is null);
    }

    private static string After(string line, string text) => line[(line.IndexOf(text, StringComparison.Ordinal) + text.Length)..];
}
