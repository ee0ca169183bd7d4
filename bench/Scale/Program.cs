using System.Diagnostics;
using System.Runtime.InteropServices;
using Godwit.LoadBench;
using Godwit.ScaleBench;

var options = new ScaleOptions();
if (options.Read(args) is { } problem)
{
    Console.Error.WriteLine(problem);
    return 2;
}

if (options.WantsHelp)
{
    Console.WriteLine(ScaleOptions.Help);
    return 0;
}

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("This needs Linux: the load runs on epoll, and memory and CPU time are read from /proc.");
    return 2;
}

using var cancel = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel);
try
{
    if (options.Parts.Count > 1)
    {
        return await RunEachAsync();
    }

    return options.Parts[0] switch
    {
        "connections" => ConnectionScale.Run(options, cancel.Token),
        "sessions" => SessionScale.Run(options, cancel.Token),
        "subscriptions" => SubscriptionScale.Run(options, cancel.Token),
        "retained" => RetainedScale.Run(options, cancel.Token),
        _ => LoopScale.Run(options, cancel.Token),
    };
}
catch (OperationCanceledException)
{
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

// A process for each part: none inherits the heap of the one before.
async Task<int> RunEachAsync()
{
    string[] rest = [.. args.Where((argument, index) => !options.Parts.Contains(argument) && argument != "--only" && (index == 0 || args[index - 1] != "--only"))];
    int worst = 0;
    foreach (string part in options.Parts)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [part, .. rest]))!;
        try
        {
            await process.WaitForExitAsync(cancel.Token);
        }
        catch (OperationCanceledException)
        {
            Processes.Kill(process.Id, Processes.SignalTerminate);
            process.WaitForExit();
            throw;
        }

        worst = Math.Max(worst, process.ExitCode);
    }

    return worst;
}
