using System.CommandLine;

namespace Godwit.Server;

/// <summary>The command line of <c>godwit-server</c>. Whatever it sets is also a setting of the file and the environment; the command line wins.</summary>
internal static class ServerCommand
{
    private static readonly string[] NotAvailable = ["--tls-cert", "--tls-key", "--tls-ca", "--users", "--access", "--cluster"];

    private static readonly string[] LaterOptions = ["--tls-cert", "--tls-key", "--tls-ca", "--users", "--access", "--cluster"];

    public static RootCommand Create()
    {
        var config = new Option<FileInfo?>("--config") { Description = "Settings file (JSON). See docs/configuration.md.", HelpName = "FILE" };
        var listen = new Option<string[]>("--listen") { Description = "Where to listen, for example mqtt://0.0.0.0:1883. May be repeated; port 0 takes a free one. Default: mqtt://127.0.0.1:1883.", HelpName = "URL" };
        var memory = new Option<bool>("--memory") { Description = "Keep all state in memory: nothing survives a restart. The same as --durability memory." };
        var data = new Option<string?>("--data") { Description = "Directory for what survives a restart: sessions, queued and retained messages. Default: ./data.", HelpName = "DIR" };
        var durability = new Option<string?>("--durability") { Description = "What an acknowledged message survives: memory (nothing), os (a crash of this process), fsync (loss of power, too). Default: fsync.", HelpName = "LEVEL" };
        var admin = new Option<string?>("--admin") { Description = "Admin address. Only 'off' is available in this build.", HelpName = "URL|off" };
        var loops = new Option<string?>("--loops") { Description = "Event loops, 1 to 64, or auto. Default: auto, one per core.", HelpName = "N" };
        var io = new Option<string?>("--io") { Description = "auto, epoll or sockets. Default: auto.", HelpName = "KIND" };
        var level = new Option<string?>("--log-level") { Description = "trace, debug, information, warning, error, critical or none. Default: information. Logs go to standard error.", HelpName = "LEVEL" };
        Option<string?>[] unavailable = [.. NotAvailable.Select(name => new Option<string?>(name) { Hidden = true })];
        var command = new RootCommand("""
            Godwit, an MQTT broker: 3.1, 3.1.1 and 5.0.

            Examples:
              godwit-server
                  listens on mqtt://127.0.0.1:1883, keeps what it acknowledged in ./data
              godwit-server --memory
                  keeps nothing
              godwit-server --listen mqtt://0.0.0.0:1883 --listen mqtt://[::1]:1884
              godwit-server --config godwit.json --loops 4
              GODWIT__LIMITS__MAXIMUMPACKETSIZE=65536 godwit-server
                  any setting, by environment variable
              godwit-server store --help
                  check, copy and move what a server keeps

            SIGTERM or Ctrl-C stops it: clients are told, and what waits is sent first. A second one stops it at once.
            """)
        {
            config, listen, memory, data, durability, admin, loops, io, level,
        };
        foreach (var option in unavailable)
        {
            command.Options.Add(option);
        }

        command.Subcommands.Add(StoreCommand.Create());

        command.SetAction((result, _) =>
        {
            var overrides = new Dictionary<string, string?>();
            string[] urls = result.GetValue(listen) ?? [];
            for (int i = 0; i < urls.Length; i++)
            {
                overrides[$"Listen:{i}"] = urls[i];
            }

            Set(overrides, "Data", result.GetValue(data));
            Set(overrides, "Durability", result.GetValue(memory) ? "memory" : result.GetValue(durability));
            Set(overrides, "Admin", result.GetValue(admin));
            Set(overrides, "Loops", result.GetValue(loops));
            Set(overrides, "Io", result.GetValue(io));
            Set(overrides, ServerHost.LogLevelSetting, result.GetValue(level));
            if (result.GetValue(memory) && result.GetValue(durability) is { } other && !string.Equals(other, "memory", StringComparison.OrdinalIgnoreCase))
            {
                return Task.FromResult(ServerHost.Fail($"--memory and --durability {other} contradict each other: give one of them."));
            }

            if (unavailable.FirstOrDefault(option => result.GetValue(option) is not null) is { } asked)
            {
                return Task.FromResult(ServerHost.Fail($"{asked.Name} is not available in this build."));
            }

            return ServerHost.RunAsync(result.GetValue(config), overrides);
        });
        return command;
    }

    private static void Set(Dictionary<string, string?> overrides, string key, string? value)
    {
        if (value is not null)
        {
            overrides[key] = value;
        }
    }
}
