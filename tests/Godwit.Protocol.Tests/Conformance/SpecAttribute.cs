using Xunit.v3;

namespace Godwit.Protocol.Tests.Conformance;

/// <summary>Names the statement of MQTT 5.0 that a test holds the codec to; "3.1.1:" before the id names one of MQTT 3.1.1.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class SpecAttribute(string id) : Attribute, ITraitAttribute
{
    public string Id { get; } = id;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Spec", Id)];
}
