using System.Reflection;
using Godwit.Conformance.Statements;

namespace Godwit.Client.Conformance.Tests;

/// <summary>Every statement that binds a client, with the tests of this assembly; for whoever writes it down.</summary>
public static class ClientStatements
{
    /// <summary>A row per statement, 3.1.1 before 5.0, each in the order of its standard.</summary>
    public static IReadOnlyList<ClientStatementRow> Rows() =>
    [
        .. from statement in StatementList.All
           where statement.BindsClient
           let version = NameOf(statement.Version)
           select new ClientStatementRow(
               version,
               statement.Id,
               [.. Tags().Where(tag => tag.Version == version && tag.Id == statement.Id).Select(tag => tag.Test).Distinct().Order(StringComparer.Ordinal)],
               NotObservable.Reasons.GetValueOrDefault((statement.Version, statement.Id))),
    ];

    internal static IEnumerable<(string Version, string Id, string Test)> Tags() =>
        from type in typeof(ClientStatements).Assembly.GetTypes()
        from method in type.GetMethods()
        from attribute in method.GetCustomAttributes<StatementAttribute>()
        from id in attribute.Ids
        select (attribute.Version, id, $"{type.Name}.{method.Name}");

    internal static string NameOf(MqttVersion version) => version == V50 ? "5.0" : "3.1.1";
}
