using Xunit.v3;

namespace Godwit.Engine.Tests;

/// <summary>Names the statement of the standard that a test holds the engine to.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class SpecAttribute(string id) : Attribute, ITraitAttribute
{
    public string Id { get; } = id;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Spec", Id)];
}
