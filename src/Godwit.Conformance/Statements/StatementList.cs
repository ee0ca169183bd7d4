using System.Text;
using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Statements;

/// <summary>Every numbered statement of MQTT 3.1.1 and 5.0, in the order of the standards.</summary>
public static class StatementList
{
    private static readonly Dictionary<(MqttVersion Version, string Id), Statement> ById;

    static StatementList()
    {
        All = [.. Read(MqttVersion.V311, "mqtt311.csv"), .. Read(MqttVersion.V50, "mqtt5.csv")];
        ById = All.ToDictionary(statement => (statement.Version, statement.Id));
    }

    /// <summary>All statements.</summary>
    public static IReadOnlyList<Statement> All { get; }

    /// <summary>The statement with this id, or null.</summary>
    public static Statement? Find(MqttVersion version, string id) => ById.GetValueOrDefault((version, id));

    private static IEnumerable<Statement> Read(MqttVersion version, string resource)
    {
        using var stream = typeof(StatementList).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        reader.ReadLine(); // the header
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
            {
                var fields = Split(line);
                yield return new Statement(version, fields[0], Enum.Parse<StatementSide>(fields[1], ignoreCase: true), fields[2], fields[3]);
            }
        }
    }

    // Every field is quoted; a quote within one is doubled.
    private static List<string> Split(string line)
    {
        List<string> fields = [];
        var field = new StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && isQuoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (line[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (line[i] == ',' && !isQuoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(line[i]);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }
}
