using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using MQTTnet.Server;

// A host for MQTTnet's server as a peer of the load: its defaults, except for limits that would make it drop or refuse.
if (args.Length != 1 || !ushort.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
{
    Console.Error.WriteLine("usage: MqttNetServer PORT");
    return 2;
}

var factory = new MqttServerFactory();
var options = factory.CreateServerOptionsBuilder()
    .WithDefaultEndpoint()
    .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
    .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
    .WithDefaultEndpointPort(port)
    .WithConnectionBacklog(4_096)
    .WithMaxPendingMessagesPerClient(1_000_000)
    .Build();
using var server = factory.CreateMqttServer(options);
using var stop = new SemaphoreSlim(0);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
await server.StartAsync();
Console.WriteLine("ready");
await stop.WaitAsync();
await server.StopAsync();
return 0;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Release();
}
