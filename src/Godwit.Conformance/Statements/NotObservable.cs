using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Statements;

/// <summary>Statements that bind a server and that no conversation over the network can show, with the reason.</summary>
public static partial class NotObservable
{
    /// <summary>The reason by version and statement id.</summary>
    public static IReadOnlyDictionary<(MqttVersion Version, string Id), string> Reasons { get; } =
        V311.Select(each => (Key: (MqttVersion.V311, each.Id), each.Reason))
            .Concat(V50.Select(each => (Key: (MqttVersion.V50, each.Id), each.Reason)))
            .ToDictionary(each => each.Key, each => each.Reason);
}
