using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Godwit.Cli.Tests;

/// <summary>Every protocol version with every QoS.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CombinatorialVersionsAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) => new(
    [
        .. from version in (string[])["3.1", "3.1.1", "5"]
           from qos in (int[])[0, 1, 2]
           select new TheoryDataRow<string, int>(version, qos),
    ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
