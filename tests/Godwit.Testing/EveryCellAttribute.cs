using System.Collections;
using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Godwit.Testing;

/// <summary>
/// Data of a theory that runs on every cell. The first parameter is the <see cref="BrokerCell"/>; a second one of type <see cref="MqttVersion"/> takes
/// each of the versions given here; the rest comes from the rows of the static member named <see cref="Rows"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryCellAttribute(params MqttVersion[] versions) : DataAttribute
{
    /// <summary>Name of a static member of the test class, or of a base, that yields the rows; null for none.</summary>
    public string? Rows { get; init; }

    /// <summary>Why mosquitto 2.0.11 does not pass this test; it is then skipped when the tests run against mosquitto.</summary>
    public string? MosquittoDiffers { get; init; }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        ArgumentNullException.ThrowIfNull(testMethod);
        var parameters = testMethod.GetParameters();
        var takesVersion = parameters.Length > 1 && parameters[1].ParameterType == typeof(MqttVersion);
        if (takesVersion == (versions.Length == 0))
        {
            throw new InvalidOperationException($"{testMethod.Name}: versions and a parameter of type {nameof(MqttVersion)} go together");
        }

        object[] perVersion = takesVersion ? [.. versions.Cast<object>()] : [];
        List<ITheoryDataRow> rows = [];
        foreach (var cell in TestBroker.Cells)
        {
            foreach (var version in takesVersion ? perVersion : [""])
            {
                object[] front = takesVersion ? [cell, version] : [cell];
                foreach (var row in Rows is null ? [[]] : ReadRows(testMethod))
                {
                    rows.Add(new TheoryDataRow([.. front, .. row]) { Skip = TestBroker.IsMosquitto ? MosquittoDiffers : null });
                }
            }
        }

        return ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(rows);
    }

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;

    private List<object?[]> ReadRows(MethodInfo testMethod)
    {
        const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;
        var type = testMethod.ReflectedType!;
        var value = type.GetProperty(Rows!, Any)?.GetValue(null)
            ?? type.GetMethod(Rows!, Any)?.Invoke(null, null)
            ?? throw new InvalidOperationException($"{type.Name} has no static member {Rows}");
        return [.. from object row in (IEnumerable)value select row is object?[] cells ? cells : [row]];
    }
}
