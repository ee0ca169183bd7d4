namespace Godwit.LoadBench.Brokers;

/// <summary>The brokers known by name.</summary>
internal static class BuiltInBrokers
{
    internal const string Names = "godwit, mosquitto, mqttnet";

    private const string GodwitBinary = "src/Godwit.Server/bin/Release/net10.0/godwit-server";
    private const string MqttNetBinary = "bench/Peers/MqttNetServer/bin/Release/net10.0/MqttNetServer";
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
                var godwit = Path.Combine(root, GodwitBinary);
                return new BrokerSpec(
                    name,
                    $"'{godwit}' --listen mqtt://127.0.0.1:{{port}} --memory --admin off --loops 1 --io epoll",
                    "src/Godwit.Server/Godwit.Server.csproj",
                    Missing(godwit),
                    null,
                    $"'{godwit}' --listen mqtt://127.0.0.1:{{port}} --data '{{dir}}/data' --durability fsync --admin off --loops 1 --io epoll");
            case "mqttnet":
                var mqttNet = Path.Combine(root, MqttNetBinary);
                return new BrokerSpec(
                    name, $"'{mqttNet}' {{port}}", "bench/Peers/MqttNetServer/MqttNetServer.csproj", Missing(mqttNet), null);
            case "mosquitto":
                return new BrokerSpec(
                    name, $"{MosquittoBinary} -c '{{dir}}/broker.conf'", null, Missing(MosquittoBinary), MosquittoConfiguration);
            default:
                return null;
        }
    }

    private static string? Missing(string file) => File.Exists(file) ? null : $"there is no {file}";
}
