using System.Runtime.InteropServices;
using Godwit.Broker;
using Godwit.Broker.Options;
using Godwit.Engine.Journals;
using Godwit.Storage.RocksDb;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Godwit.Server;

/// <summary>Runs one broker until a signal ends it.</summary>
internal static class ServerHost
{
    private const int UsageError = 1;
    private const int InternalError = 70;

    /// <summary>The one setting that is the host's and not the broker's.</summary>
    public const string LogLevelSetting = "LogLevel";

    public static async Task<int> RunAsync(FileInfo? config, Dictionary<string, string?> overrides)
    {
        try
        {
            var configuration = Configuration(config, overrides);
            using var loggers = CreateLoggers(configuration[LogLevelSetting]);
            var options = BrokerSettings.Read(configuration, LogLevelSetting) with { OpenStore = options => OpenStore(options, loggers) };
            var broker = await GodwitBroker.StartAsync(options, loggers);
            return await ServeAsync(broker, options);
        }
        catch (Exception error) when (error is BrokerConfigurationException or BrokerStartException or StoreException)
        {
            return Fail(error.Message);
        }
        catch (InvalidDataException error)
        {
            return Fail($"The settings file '{config?.FullName}' cannot be read: {error.GetBaseException().Message}");
        }
    }

    public static int Fail(string message)
    {
        foreach (string line in message.Split(Environment.NewLine))
        {
            Console.Error.WriteLine($"godwit-server: {line}");
        }

        return UsageError;
    }

    private static async Task<int> ServeAsync(GodwitBroker broker, BrokerOptions options)
    {
        await using (broker)
        {
            var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => HandleStop(context, stop));
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => HandleStop(context, stop));

            // There is nothing to reload yet; the default would end the process.
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
            foreach (var listener in broker.Listeners)
            {
                Console.Out.WriteLine($"listening on {listener.Url}");
            }

            Console.Out.WriteLine(DurabilityLine(options));
            Console.Out.WriteLine("ready");
            var ended = await Task.WhenAny(stop.Task, broker.Failure);
            if (ended == broker.Failure)
            {
                // Half a broker must not go on: a supervisor restarts a whole one.
                return InternalError;
            }

            await broker.StopAsync();
        }

        return 0;
    }

    private static RocksDbStore OpenStore(BrokerOptions options, LoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Godwit.Store");
        return RocksDbStore.Open(new RocksDbStoreOptions
        {
            Directory = options.DataDirectory,
            Level = options.Durability,
            FreeBytesMin = options.FreeSpaceMin,
            QueuedMessagesMax = options.Engine.AllQueuesMessagesMax,
            QueuedBytesMax = options.Engine.AllQueuesBytesMax,
            Report = happened => StoreLog.Write(logger, in happened),
        });
    }

    // The level in force, and what it may lose: nobody should have to look that up after a crash.
    private static string DurabilityLine(BrokerOptions options)
    {
        string directory = Path.GetFullPath(options.DataDirectory);
        return options.Durability switch
        {
            DurabilityLevel.Memory => "durability memory: a restart starts with no sessions, queues or retained messages",
            DurabilityLevel.Os => $"durability os in {directory}: what was acknowledged survives the process; a loss of power may lose the last seconds",
            _ => $"durability fsync in {directory}: what was acknowledged survives loss of power",
        };
    }

    private static LoggerFactory CreateLoggers(string? level)
    {
        var minimum = LogLevel.Information;
        if (level is not null && (!Enum.TryParse(level, ignoreCase: true, out minimum) || !Enum.IsDefined(minimum) || char.IsAsciiDigit(level[0])))
        {
            throw new BrokerConfigurationException(
                $"{LogLevelSetting} = \"{level}\" is not allowed; allowed: trace, debug, information, warning, error, critical or none.");
        }

        // Without a container: it would take a tenth of the time to "ready". What is added is disposed with the factory, so the last lines are written.
        var loggers = new LoggerFactory([], new LoggerFilterOptions { MinLevel = minimum });
        loggers.AddProvider(new StandardErrorLoggerProvider());
        return loggers;
    }

    private static void HandleStop(PosixSignalContext context, TaskCompletionSource stop)
    {
        // The second signal is left to the system, which ends the process at once.
        context.Cancel = stop.TrySetResult();
    }

    private static IConfigurationRoot Configuration(FileInfo? config, Dictionary<string, string?> overrides)
    {
        // A server that somebody starts without a word keeps what it acknowledged; a broker embedded in a test does not.
        var builder = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Durability"] = "fsync" });
        if (config is not null)
        {
            if (!config.Exists)
            {
                throw new BrokerStartException($"The settings file '{config.FullName}' does not exist.");
            }

            builder.AddJsonFile(config.FullName, optional: false, reloadOnChange: false);
        }

        return builder
            .AddEnvironmentVariables("GODWIT__")
            .AddInMemoryCollection(overrides)
            .Build();
    }
}
