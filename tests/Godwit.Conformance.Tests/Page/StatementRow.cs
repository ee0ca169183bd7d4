using Godwit.Conformance.Statements;

namespace Godwit.Conformance.Tests.Page;

/// <summary>A row of <c>docs/conformance.md</c>; the texts are Markdown.</summary>
internal sealed record StatementRow(Statement Statement, string Requirement, string Side, string Server, string Client, string Result);
