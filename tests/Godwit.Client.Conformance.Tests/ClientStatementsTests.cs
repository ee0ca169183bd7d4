using System.Reflection;
using Godwit.Conformance.Statements;

namespace Godwit.Client.Conformance.Tests;

public class ClientStatementsTests
{
    [Fact]
    public void Every_statement_that_binds_a_client_has_a_test_or_a_reason() =>
        Assert.Empty(ClientStatements.Rows().Where(row => row.Tests.Count == 0 && row.Reason is null).Select(row => $"{row.Version} {row.Id}"));

    [Fact]
    public void No_statement_has_both_tests_and_a_reason_why_there_are_none() =>
        Assert.Empty(ClientStatements.Rows().Where(row => row.Tests.Count > 0 && row.Reason is not null).Select(row => $"{row.Version} {row.Id}"));

    [Fact]
    public void Tags_and_reasons_name_statements_that_bind_a_client()
    {
        var known = ClientStatements.Rows().Select(row => (row.Version, row.Id)).ToHashSet();
        Assert.All(ClientStatements.Tags(), tag => Assert.Contains((tag.Version, tag.Id), known));
        Assert.All(NotObservable.Reasons.Keys, key => Assert.Contains((ClientStatements.NameOf(key.Version), key.Id), known));
    }

    [Fact]
    public void Tags_stand_on_tests() => Assert.Empty(
        from type in typeof(ClientStatements).Assembly.GetTypes()
        from method in type.GetMethods()
        where method.IsDefined(typeof(StatementAttribute)) && !method.IsDefined(typeof(FactAttribute))
        select $"{type.Name}.{method.Name}");

    [Fact]
    public void Both_standards_have_statements_that_bind_a_client() =>
        Assert.Equal((74, 134), (ClientStatements.Rows().Count(row => row.Version == "3.1.1"), ClientStatements.Rows().Count(row => row.Version == "5.0")));
}
