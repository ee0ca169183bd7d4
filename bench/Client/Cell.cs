using System.Globalization;

namespace Godwit.ClientBench;

/// <summary>One thing to measure: a direction at a QoS.</summary>
internal sealed record Cell(bool IsPublishing, int QoS)
{
    internal static IReadOnlyList<Cell> All { get; } = [new(true, 0), new(true, 1), new(true, 2), new(false, 0), new(false, 1), new(false, 2)];

    /// <summary>p0 to p2, r0 to r2.</summary>
    internal string Key => string.Create(CultureInfo.InvariantCulture, $"{(IsPublishing ? 'p' : 'r')}{QoS}");

    internal string Title => string.Create(CultureInfo.InvariantCulture, $"{(IsPublishing ? "publish" : "receive")}, QoS {QoS}");
}
