using System.Globalization;

namespace Godwit.ClientBench;

/// <summary>What to measure.</summary>
internal sealed class BenchOptions
{
    internal const string Help = """
        Measures Godwit.Client beside MQTTnet's client, against the same Godwit broker.

        --cells p0,p1,p2,r0,r1,r2   publishing and receiving at QoS 0, 1, 2; default all
        --clients godwit,mqttnet    default both
        --rounds N                  default 5; the table shows medians
        --seconds S                 measured seconds per client, cell and round; default 3
        --warmup S                  seconds before that; default 6
        --payload BYTES             default 100
        --window N                  publications in flight at QoS 1 and 2; default 100
        --window0 N                 publishers at QoS 0, where a publication ends with its own send; default 1
        --broker FILE               the godwit-server to use; default the Release build of this repository
        --broker-cpu N              default 0; --client-cpu N, default 1; 'none' does not pin. On one core nothing is pinned.
        """;

    internal IReadOnlyList<Cell> Cells { get; private set; } = Cell.All;

    internal IReadOnlyList<string> Clients { get; private set; } = [Runner.GodwitName, Runner.MqttNetName];

    internal int Rounds { get; private set; } = 5;

    internal double MeasuredSeconds { get; private set; } = 3;

    internal double WarmupSeconds { get; private set; } = 6;

    internal int PayloadLength { get; private set; } = 100;

    internal int Window { get; private set; } = 100;

    internal int WindowAtMostOnce { get; private set; } = 1;

    internal string Broker { get; private set; } = "";

    internal int? BrokerProcessor { get; private set; } = Environment.ProcessorCount > 1 ? 0 : null;

    internal int? ClientProcessor { get; private set; } = Environment.ProcessorCount > 1 ? 1 : null;

    internal int GetWindow(Cell cell) => cell.QoS == 0 ? WindowAtMostOnce : Window;

    /// <returns>What is wrong, or null.</returns>
    internal string? Read(string[] args, string root)
    {
        Broker = Path.Combine(root, "src/Godwit.Server/bin/Release/net10.0/godwit-server");
        for (var index = 0; index < args.Length; index += 2)
        {
            if (index + 1 == args.Length)
            {
                return $"{args[index]} is not known or has no value; see --help.";
            }

            var value = args[index + 1];
            var isFine = args[index] switch
            {
                "--cells" => ReadCells(value),
                "--clients" => ReadClients(value),
                "--rounds" => ReadNumber(value, number => Rounds = number),
                "--payload" => ReadNumber(value, number => PayloadLength = number),
                "--window" => ReadNumber(value, number => Window = number),
                "--window0" => ReadNumber(value, number => WindowAtMostOnce = number),
                "--seconds" => ReadSeconds(value, seconds => MeasuredSeconds = seconds),
                "--warmup" => ReadSeconds(value, seconds => WarmupSeconds = seconds),
                "--broker" => (Broker = value).Length > 0,
                "--broker-cpu" => ReadProcessor(value, processor => BrokerProcessor = processor),
                "--client-cpu" => ReadProcessor(value, processor => ClientProcessor = processor),
                _ => false,
            };
            if (!isFine)
            {
                return $"'{args[index]} {value}' is not valid; see --help.";
            }
        }

        return File.Exists(Broker) ? null : $"There is no {Broker}.";
    }

    private bool ReadCells(string value)
    {
        var keys = value.Split(',');
        Cells = [.. Cell.All.Where(cell => keys.Contains(cell.Key))];
        return Cells.Count == keys.Length;
    }

    private bool ReadClients(string value)
    {
        Clients = value.Split(',');
        return Clients.All(client => client is Runner.GodwitName or Runner.MqttNetName);
    }

    private static bool ReadNumber(string value, Action<int> set)
    {
        var isFine = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
        set(number);
        return isFine;
    }

    private static bool ReadSeconds(string value, Action<double> set)
    {
        var isFine = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds > 0;
        set(seconds);
        return isFine;
    }

    private static bool ReadProcessor(string value, Action<int?> set)
    {
        var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        set(isNumber ? number : null);
        return isNumber || value == "none";
    }
}
