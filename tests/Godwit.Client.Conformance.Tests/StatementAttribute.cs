namespace Godwit.Client.Conformance.Tests;

/// <summary>The statements of one standard that a test shows the client to obey.</summary>
/// <param name="version">"5.0" or "3.1.1": the same id means different things in the two.</param>
/// <param name="ids">For example <c>MQTT-3.1.2-22</c>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class StatementAttribute(string version, params string[] ids) : Attribute
{
    /// <summary>The standard.</summary>
    public string Version { get; } = version;

    /// <summary>Its statements.</summary>
    public IReadOnlyList<string> Ids { get; } = ids;
}
