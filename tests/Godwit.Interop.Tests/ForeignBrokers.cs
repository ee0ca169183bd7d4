using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Godwit.Interop.Tests;
using MQTTnet.Server;

[assembly: AssemblyFixture(typeof(ForeignBrokers))]

namespace Godwit.Interop.Tests;

/// <summary>Assembly fixture: mosquitto, where it is installed, and MQTTnet.Server, on free ports for all tests together.</summary>
public sealed class ForeignBrokers : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("godwit-interop-tests-");
    private Process? _mosquitto;
    private MqttServer? _mqttNet;
    private int _mosquittoPort;
    private int _mqttNetPort;

    public async ValueTask InitializeAsync()
    {
        _mqttNetPort = FindFreePort();
        var factory = new MqttServerFactory();
        _mqttNet = factory.CreateMqttServer(factory.CreateServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .WithDefaultEndpointPort(_mqttNetPort)
            .WithPersistentSessions()
            .Build());
        await _mqttNet.StartAsync();
        if (FindMosquitto() is { } program)
        {
            await StartMosquittoAsync(program);
        }
    }

    /// <summary>The port of a broker; skips the test when the broker is not there.</summary>
    public int GetPort(ForeignBroker broker)
    {
        Assert.SkipWhen(broker == ForeignBroker.Mosquitto && _mosquitto is null, "mosquitto is not installed");
        return broker == ForeignBroker.Mosquitto ? _mosquittoPort : _mqttNetPort;
    }

    public async ValueTask DisposeAsync()
    {
        if (_mqttNet is not null)
        {
            await _mqttNet.StopAsync();
            _mqttNet.Dispose();
        }

        if (_mosquitto is not null)
        {
            _mosquitto.Kill();
            await _mosquitto.WaitForExitAsync();
            _mosquitto.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private static string? FindMosquitto() =>
        new[] { "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto" }.FirstOrDefault(File.Exists);

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task StartMosquittoAsync(string program)
    {
        _mosquittoPort = FindFreePort();
        var configuration = Path.Combine(_folder.FullName, "mosquitto.conf");
        await File.WriteAllTextAsync(configuration, $"""
            user {Environment.UserName}
            listener {_mosquittoPort} 127.0.0.1
            allow_anonymous true
            log_dest stderr
            log_type error
            log_type notice
            log_type information

            """);
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _mosquitto = new Process { StartInfo = new ProcessStartInfo(program, ["-c", configuration]) { RedirectStandardError = true }, EnableRaisingEvents = true };
        _mosquitto.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("running", StringComparison.Ordinal) == true)
            {
                running.TrySetResult();
            }
        };
        _mosquitto.Exited += (_, _) => running.TrySetException(new InvalidOperationException("mosquitto has ended at its start"));
        _mosquitto.Start();
        _mosquitto.BeginErrorReadLine();
        await running.Task.WaitAsync(TimeLimits.Process);
    }
}
