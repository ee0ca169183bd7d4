using System.Text.RegularExpressions;

namespace Godwit.Interop.Tests;

/// <summary>A script under Clients/ that drives a foreign client through scenarios; their names are read from the script itself.</summary>
internal sealed partial class ClientScript
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        ["V31"] = "3.1",
        ["V311"] = "3.1.1",
        ["V5"] = "5.0",
        ["3"] = "3.1",
        ["4"] = "3.1.1",
        ["5"] = "5.0",
    };

    private ClientScript(string interpreter, string fileName, Regex declaration)
    {
        Interpreter = interpreter;
        FileName = fileName;
        using var source = new StreamReader(typeof(ClientScript).Assembly.GetManifestResourceStream(fileName)!);
        var text = source.ReadToEnd();
        DeclarationCount = text.Split('\n').Count(line => line.StartsWith("@scenario(", StringComparison.Ordinal) || line.StartsWith("scenario(", StringComparison.Ordinal));
        Scenarios =
        [
            .. from match in declaration.Matches(text)
               from version in match.Groups["versions"].Value.Split(',', StringSplitOptions.TrimEntries)
               select $"{match.Groups["name"].Value} {Labels[version]}",
        ];
    }

    /// <summary>Eclipse Paho's Python client, of Debian's own Python.</summary>
    public static ClientScript Paho { get; } = new("/usr/bin/python3", "paho_scenarios.py", PahoDeclaration());

    /// <summary>MQTT.js.</summary>
    public static ClientScript MqttJs { get; } = new("node", "mqttjs_scenarios.mjs", MqttJsDeclaration());

    /// <summary>The program that runs the script.</summary>
    public string Interpreter { get; }

    /// <summary>Its name.</summary>
    public string FileName { get; }

    /// <summary>Where it lies: in the source tree, beside its node_modules.</summary>
    public string Path => RepositoryFiles.PathOf("tests", "Godwit.Interop.Tests", "Clients", FileName);

    /// <summary>Names of the scenarios, each with the protocol version it runs at.</summary>
    public IReadOnlyList<string> Scenarios { get; }

    /// <summary>Declarations of scenarios, counted without understanding them.</summary>
    public int DeclarationCount { get; }

    [GeneratedRegex(@"^@scenario\((?<versions>[^)]*)\)\s*\ndef (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex PahoDeclaration();

    [GeneratedRegex(@"^scenario\('(?<name>\w+)', \[(?<versions>[^\]]*)\]", RegexOptions.Multiline)]
    private static partial Regex MqttJsDeclaration();
}
