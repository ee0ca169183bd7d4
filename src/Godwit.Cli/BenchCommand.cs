using System.Net;
using Godwit.Cli.Arguments;
using Godwit.Cli.Bench;
using Godwit.Load;

namespace Godwit.Cli;

/// <summary><c>godwit bench</c>.</summary>
internal sealed class BenchCommand
{
    private readonly BenchOptions _options = new();

    private BenchCommand()
    {
    }

    public static CommandDefinition Define()
    {
        var command = new BenchCommand();
        return new CommandDefinition
        {
            Name = "bench",
            Summary = "make load and measure what a broker does with it. Linux only for now.",
            Usage = "[URL] [options]",
            OperandName = "URL",
            Examples = """
                  godwit bench                                   # mqtt://127.0.0.1:1883, 100 pairs, as fast as it goes, 10 seconds
                  godwit bench mqtt://broker.example -q 1 --pairs 20 --size 1024
                  godwit bench --rate 20000                      # latency at a fixed rate: what is late counts as late
                  godwit bench --scenario fan-out --subscribers 500
                  godwit bench --scenario shared --publishers 4 --subscribers 16 -q 1
                  godwit bench --scenario storm --connections 5000 --broker-pid $(pidof mosquitto)
                  godwit bench --scenario idle --connections 50000 --source 10.0.0.1-10.0.0.4
                  godwit bench --topic 'site/%i/state' --id 'device-%i' -u device --json > result.json
                """,
            Groups = command._options.Groups,
            Notes = $"""
                Scenarios:
                  pairs       each publisher to a subscriber of its own
                  fan-in      all publishers to each subscriber; many publishers
                  fan-out     all publishers to each subscriber; many subscribers
                  shared      all publishers to one shared subscription, which hands each message to one of its members
                  storm       all connections opened at once and closed, again and again
                  idle        connections with a subscription each, kept

                Patterns: %i is a number from 0: in --id that of the connection, in --topic that of the publisher (in pairs also for the
                subscriber, in idle the connection). %c in --topic is the client identifier, %p the number of this process, %% a percent sign.
                Where all publish to all, subscribers use + in place of %i and %c.

                With a window the load waits for the broker: figures tell what the broker can do, and latency grows with the window. With a
                rate message k is due at k / rate and carries that time, so that a slow broker cannot hide behind the load that it holds up:
                compare latencies so. A message of a window is done when all its subscribers have it and, above QoS 0, it is acknowledged.

                The load takes one core, from which the broker should be kept, and polls at a fixed rate. Ctrl-C ends it with the result
                so far; a second one at once.

                Exit codes:
                  0           all that was sent came, in order
                {ExitCodes.Help}
                Exit code 1 stands also for messages that were lost, refused or out of order, that came twice at QoS 0 or 2, or were never
                acknowledged; the result is printed all the same. 130 stands for Ctrl-C before there was a result.
                """,
            InterruptedExitCode = ExitCodes.Interrupted,
            RunAsync = command.RunAsync,
        };
    }

    private async Task<int> RunAsync(ParsedArguments arguments, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new CommandFailure("godwit bench runs on Linux only for now.", "Its load is driven by epoll, which other systems do not have.");
        }

        if (!arguments.Properties.IsEmpty)
        {
            throw new UsageException("-D has no meaning for bench.");
        }

        var wantsJson = _options.WantsJson(arguments);
        var (host, port, _, _) = BenchOptions.ReadUrl(arguments.Operand);
        var scenario = _options.ReadScenario(arguments);
        _ = _options.ReadPlan(arguments, scenario, new IPEndPoint(IPAddress.None, port), null); // mistakes are told before anything is done
        var broker = await BrokerLocator.FindAsync(host, port, scenario.SourceAddresses is [var source, ..] ? source.AddressFamily : null, cancellation);
        var plan = _options.ReadPlan(arguments, scenario, broker, LiveProgress.Create(scenario));
        await using var histogramFile = _options.HistogramFile(arguments) is { } path ? new StreamWriter(path) : null;
        var result = await ExecuteAsync(plan, cancellation);

        Console.Out.Write(wantsJson ? BenchJson.Write(result, broker) : _options.WantsMarkdown(arguments) ? BenchReport.ToMarkdown(result, broker) : BenchReport.ToText(result, broker));
        if (histogramFile is not null)
        {
            PercentileFile.Write(histogramFile, scenario.HasTraffic ? result.Latency : result.ConnectLatency);
        }

        var problems = BenchReport.FindProblems(result);
        foreach (var (message, remedy) in problems)
        {
            CommandErrors.Write(message, remedy);
        }

        return problems.Count > 0 ? ExitCodes.Failed : 0;
    }

    /// <summary>The run has a thread to itself, which does nothing else.</summary>
    private static async Task<LoadResult> ExecuteAsync(LoadPlan plan, CancellationToken cancellation)
    {
        try
        {
            return await Task.Factory.StartNew(() => LoadRun.Execute(plan, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (LoadException exception)
        {
            throw BenchFailures.ToCommandFailure(exception);
        }
        finally
        {
            LiveProgress.Clear();
        }
    }
}
