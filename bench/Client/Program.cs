using System.Diagnostics;
using System.Globalization;
using Godwit.ClientBench;

if (args is ["worker", ..])
{
    await Worker.RunAsync(args[1..]);
    return 0;
}

if (args is ["--help"] or ["-h"])
{
    Console.WriteLine(BenchOptions.Help);
    return 0;
}

var options = new BenchOptions();
if (options.Read(args, FindRoot()) is { } problem)
{
    Console.Error.WriteLine(problem);
    return 2;
}

// The feeder shares the broker's core, so that the client has its own alone.
if (options.BrokerProcessor is { } core && OperatingSystem.IsLinux())
{
    using var self = Process.GetCurrentProcess();
    self.ProcessorAffinity = 1 << core;
}

using var runner = new Runner(options);
await runner.AwaitBrokerAsync();
Dictionary<(string, Cell), List<Sample>> samples = [];
for (var round = 0; round < options.Rounds; round++)
{
    foreach (var cell in options.Cells)
    {
        // Every other round turns the order round.
        foreach (var client in round % 2 == 0 ? options.Clients : options.Clients.Reverse())
        {
            var sample = await runner.MeasureAsync(client, cell);
            if (!samples.TryGetValue((client, cell), out var list))
            {
                samples.Add((client, cell), list = []);
            }

            list.Add(sample);
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round + 1} ({cell.Key}) {client}: {sample.CpuPerMessage:0.000} us, {sample.BytesPerMessage:0} B, {sample.PerSecond:0}/s, core {sample.Busy:P0}"));
        }
    }
}

Console.Write(Report.Write(options, samples));
return 0;

static string FindRoot()
{
    for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
    {
        if (File.Exists(Path.Combine(directory.FullName, "Godwit.slnx")))
        {
            return directory.FullName;
        }
    }

    return Environment.CurrentDirectory;
}
