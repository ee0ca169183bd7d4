using System.Globalization;
using System.Runtime.InteropServices;
using Godwit.LoadBench;
using Godwit.LoadBench.Brokers;
using Godwit.LoadBench.Report;

var root = FindRoot();
var options = new LoadOptions();
if (options.Read(args, root) is { } problem)
{
    Console.Error.WriteLine(problem);
    return 2;
}

if (options.WantsPreparation)
{
    // Help and the list need none.
    var prepared = options.WantsHelp || options.WantsList ? [] : options.Brokers;
    foreach (var step in prepared.Select(broker => broker.Preparation).OfType<string>())
    {
        Console.WriteLine(step);
    }

    return 0;
}

if (options.WantsHelp || options.WantsList)
{
    Console.WriteLine(options.WantsHelp ? LoadOptions.Help : string.Join('\n', Row.All.Select(row => $"({row.Key}) {row.Title}")));
    return 0;
}

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("The load needs Linux: it runs on epoll and reads /proc.");
    return 2;
}

foreach (var broker in options.Brokers.Where(broker => broker.Missing is not null).ToList())
{
    Console.Error.WriteLine($"{broker.Name} is left out: {broker.Missing}");
    options.Brokers.Remove(broker);
}

foreach (var broker in options.Brokers.Where(broker => broker.Note is not null))
{
    Console.Error.WriteLine($"{broker.Name} is {broker.Note}");
}

if (options.Brokers.Count == 0)
{
    return 2;
}

using var cancel = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel);
try
{
    OpenFiles.RaiseLimit();
    if (options.LoadProcessor is { } processor)
    {
        Processes.PinOwnThreads(processor);
    }

    var measurements = MeasureAll();
    var writer = new ReportWriter(measurements, options.Rows, [.. options.Brokers.Select(broker => broker.Name)]);
    Console.Out.Write(writer.Write(options.Form, Conditions()));
    return measurements.Any(one => one.Void is not null) ? 1 : 0;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("cancelled; the brokers are stopped");
    return 130;
}
catch (LoadException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

void Cancel(PosixSignalContext context)
{
    context.Cancel = true;
    cancel.Cancel();
}

List<Measurement> MeasureAll()
{
    var runner = new Runner(options, cancel.Token);
    var measurements = new List<Measurement>();
    for (var round = 1; round <= options.Rounds; round++)
    {
        foreach (var row in options.Rows)
        {
            // Every other round turns the order round, so that no broker always follows the same neighbour.
            var order = round % 2 == 1 ? options.Brokers : Enumerable.Reverse(options.Brokers);
            foreach (var broker in order)
            {
                var one = runner.Measure(row, broker, round);
                measurements.Add(one);
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round} ({row.Key}) {broker.Name}: {one.Cost:0.000} {row.CostUnit}, {one.PerSecond:0}/s, p50 {one.LatencyP50Microseconds:0} p99 {one.LatencyP99Microseconds:0} us, {(row.HasAcknowledgements ? string.Create(CultureInfo.InvariantCulture, $"ack p50 {one.AcknowledgedP50Microseconds:0} p99 {one.AcknowledgedP99Microseconds:0} p99.9 {one.AcknowledgedP999Microseconds:0} us, ") : "")}lost {one.Lost}, broker {one.BrokerBusy:P0}, load {one.LoadBusy:P0}, others {one.ForeignBusy:P0}{(one.Void is null ? "" : ", VOID: " + one.Void)}"));
            }
        }
    }

    return measurements;
}

string Conditions() => string.Create(
    CultureInfo.InvariantCulture,
    $"MQTT {(options.V5 ? "5.0" : "3.1.1")}, {Environment.ProcessorCount} cores, {(options.BrokerProcessor is { } core ? $"broker on core {core}, load on core {options.LoadProcessor}" : "not pinned")}, {options.Rounds} rounds of {options.MeasuredTime.TotalSeconds:0} s after {options.Warmup.TotalSeconds:0} s of warm-up; medians, min .. max over rounds.");

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
