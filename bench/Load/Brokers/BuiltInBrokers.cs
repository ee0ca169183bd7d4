namespace Godwit.LoadBench.Brokers;

/// <summary>The brokers known by name.</summary>
internal static class BuiltInBrokers
{
    internal const string Names = "godwit, mosquitto, mqttnet, aedes";

    private const string GodwitProject = "src/Godwit.Server/Godwit.Server.csproj";
    private const string GodwitOutput = "artifacts/godwit-server";
    private const string GodwitBuilt = "src/Godwit.Server/bin/Release/net10.0/godwit-server";
    private const string MqttNetProject = "bench/Peers/MqttNetServer/MqttNetServer.csproj";
    private const string MqttNetBinary = "bench/Peers/MqttNetServer/bin/Release/net10.0/MqttNetServer";
    private const string AedesDirectory = "bench/Peers/Aedes";
    private const string MosquittoBinary = "/usr/sbin/mosquitto";

    // Unlimited queues: a fan-in of 200 x 20 outstanding messages would overflow the default of 1,000 and be dropped.
    // The in-flight limit stays at mosquitto's default of 20. No connection log: the cheapest way it can be run.
    private const string MosquittoConfiguration = """
        listener {port} 127.0.0.1
        allow_anonymous true
        set_tcp_nodelay true
        max_queued_messages 0
        persistence false
        log_dest stderr
        log_type error
        log_type warning
        user {user}

        """;

    internal static BrokerSpec? Find(string name, string root)
    {
        switch (name)
        {
            case "godwit":
                var published = Path.Combine(root, GodwitOutput, "godwit-server");
                var isPublished = File.Exists(published);
                var godwit = isPublished ? published : Path.Combine(root, GodwitBuilt);
                return new BrokerSpec(
                    name,
                    $"'{godwit}' --listen mqtt://127.0.0.1:{{port}} --memory --admin off --loops 1 --io epoll",
                    $"publish {GodwitProject} {GodwitOutput}",
                    Missing(godwit),
                    null,
                    $"'{godwit}' --listen mqtt://127.0.0.1:{{port}} --data '{{dir}}/data' --durability fsync --admin off --loops 1 --io epoll",
                    isPublished ? null : "measured as built, not as published: it is not compiled ahead of time");
            case "mqttnet":
                var mqttNet = Path.Combine(root, MqttNetBinary);
                return new BrokerSpec(name, $"'{mqttNet}' {{port}}", $"build {MqttNetProject}", Missing(mqttNet), null);
            case "aedes":
                var aedes = Path.Combine(root, AedesDirectory);
                return new BrokerSpec(
                    name,
                    $"node '{aedes}/server.mjs' {{port}}",
                    $"install {AedesDirectory}",
                    FindProgram("node") ? Missing(Path.Combine(aedes, "node_modules/aedes/package.json")) : "node is not installed",
                    null);
            case "mosquitto":
                return new BrokerSpec(
                    name, $"{MosquittoBinary} -c '{{dir}}/broker.conf'", null, Missing(MosquittoBinary), MosquittoConfiguration);
            default:
                return null;
        }
    }

    private static bool FindProgram(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(directory => File.Exists(Path.Combine(directory, name)));

    private static string? Missing(string file) => File.Exists(file) ? null : $"there is no {file}";
}
