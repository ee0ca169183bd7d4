namespace Godwit.Testing;

/// <summary>
/// Assembly fixture: one broker process per cell, started when the first test asks for it and shared by all tests, which use topics and client
/// identifiers of their own. At the end each of them must still be alive and must leave on SIGTERM with exit code 0.
/// </summary>
public sealed class BrokerCells : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<BrokerCell, Task<BrokerProcess>> _brokers = [];

    /// <summary>The broker of a cell.</summary>
    public Task<BrokerProcess> GetAsync(BrokerCell cell)
    {
        lock (_lock)
        {
            if (!_brokers.TryGetValue(cell, out var broker))
            {
                _brokers[cell] = broker = BrokerProcess.StartAsync(new BrokerSettings { Cell = cell });
            }

            return broker;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<string> faults = [];
        foreach (var (cell, starting) in _brokers)
        {
            if (!starting.IsCompletedSuccessfully)
            {
                continue; // The tests that asked for it have failed with the reason.
            }

            await using var broker = await starting;
            if (!broker.HasExited)
            {
                broker.Terminate();
            }

            var exitCode = await broker.WaitForExitAsync();
            if (exitCode != 0 || broker.Output.Contains("Unhandled exception", StringComparison.Ordinal))
            {
                faults.Add($"{cell}: the broker ended with exit code {exitCode} and printed:{Environment.NewLine}{broker.Output}");
            }
        }

        if (faults.Count > 0)
        {
            throw new MqttExpectationException(string.Join(Environment.NewLine, faults));
        }
    }
}
