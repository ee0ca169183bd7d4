using System.Text;

namespace Godwit.Cli.Tests;

/// <summary>What the tests against mosquitto have in common.</summary>
public abstract class MosquittoTest
{
    private readonly Mosquitto _mosquitto;

    protected MosquittoTest(Mosquitto mosquitto)
    {
        Assert.SkipWhen(Mosquitto.Missing is not null, Mosquitto.Missing ?? "");
        _mosquitto = mosquitto;
    }

    /// <summary>A topic of this test alone.</summary>
    protected string Topic { get; } = $"t{Guid.NewGuid():N}";

    protected Mosquitto Broker => _mosquitto;

    private protected RunningProcess StartGodwit(string command, params string[] arguments) =>
        RunningProcess.StartGodwit([command, "-h", "127.0.0.1", "-p", $"{_mosquitto.Port}", .. arguments]);

    private protected Task<RunningProcess.Outcome> GodwitAsync(string command, params string[] arguments) =>
        RunningProcess.RunAsync([command, "-h", "127.0.0.1", "-p", $"{_mosquitto.Port}", .. arguments]);

    private protected async Task PublishAsync(params string[] arguments)
    {
        var outcome = await GodwitAsync("pub", arguments);
        Assert.Equal((0, "", ""), (outcome.ExitCode, outcome.Text, outcome.Error));
    }

    private protected async Task PublishInputAsync(string input, params string[] arguments)
    {
        var outcome = await RunningProcess.RunAsync(["pub", "-h", "127.0.0.1", "-p", $"{_mosquitto.Port}", .. arguments], Encoding.UTF8.GetBytes(input));
        Assert.Equal((0, "", ""), (outcome.ExitCode, outcome.Text, outcome.Error));
    }

    /// <summary>Starts a mosquitto_sub, or a godwit sub, that has subscribed by the time it is given.</summary>
    private protected async Task<RunningProcess> SubscribeAsync(bool foreign, string filter, params string[] arguments)
    {
        string[] all = ["-h", "127.0.0.1", "-p", $"{_mosquitto.Port}", "-t", filter, .. arguments];
        var running = foreign ? RunningProcess.Start("mosquitto_sub", all) : RunningProcess.StartGodwit(["sub", .. all]);
        await _mosquitto.WaitForSubscriptionAsync(filter);
        return running;
    }
}
