using Godwit.Conformance.Running;

namespace Godwit.Conformance.Tests;

/// <summary>Assembly fixture: one run of the whole kit per cell of Godwit, for all tests that want its results.</summary>
public sealed class KitRuns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BrokerCell, Task<IReadOnlyList<CheckResult>>> _runs = [];

    /// <summary>How the kit is run.</summary>
    internal static RunOptions Options { get; } = new() { Patience = TimeLimits.Event };

    /// <summary>The result of each check, in their order.</summary>
    public Task<IReadOnlyList<CheckResult>> GetAsync(BrokerCells cells, BrokerCell cell)
    {
        lock (_lock)
        {
            return _runs.TryGetValue(cell, out var run) ? run : _runs[cell] = RunAsync(cells, cell);
        }
    }

    private static async Task<IReadOnlyList<CheckResult>> RunAsync(BrokerCells cells, BrokerCell cell)
    {
        var broker = await cells.GetAsync(cell);
        return await ConformanceRun.RunAsync("127.0.0.1", broker.Port, Options);
    }
}
