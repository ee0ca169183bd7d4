using System.Diagnostics;

namespace Godwit.Crash;

/// <summary>The rounds, and the judgement at their end.</summary>
internal sealed class CrashRun : IDisposable
{
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan LateEvery = TimeSpan.FromSeconds(2);

    private readonly CrashOptions _options;
    private readonly Action<string> _print;
    private readonly Ledger _ledger = new();
    private readonly Random _random;
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _publishing = [];
    private readonly List<Task> _subscribing = [];
    private int _rounds;
    private RetainedProbe _probe = null!;

    private CrashRun(CrashOptions options, Action<string> print)
    {
        _options = options;
        _print = print;
        _random = new Random(options.Seed);
    }

    internal static async Task<CrashResult> RunAsync(CrashOptions options, Action<string> print)
    {
        using var run = new CrashRun(options, print);
        return await run.RunAsync();
    }

    public void Dispose()
    {
        _draining.Dispose();
        _ending.Dispose();
    }

    private async Task<CrashResult> RunAsync()
    {
        var broker = new Broker(_options);
        await using (broker)
        {
            try
            {
                await RunAsync(broker);
            }
            catch (CrashException error)
            {
                _ledger.Violate(error.Message);
            }
            finally
            {
                await _draining.CancelAsync();
                await _ending.CancelAsync();
                await Task.WhenAll([.. _publishing, .. _subscribing]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (_ledger.Violations == 0)
        {
            broker.Forget();
        }

        var recovery = broker.RecoveryMilliseconds.Skip(1).Order().ToArray();
        return new CrashResult
        {
            Rounds = _rounds,
            Kills = broker.Kills,
            Published = _ledger.Published,
            Delivered = _ledger.Delivered,
            Duplicates = _ledger.Duplicates,
            Violations = _ledger.Violations,
            Details = [.. _ledger.Texts],
            RecoveryMedian = recovery.Length == 0 ? 0 : recovery[recovery.Length / 2],
            RecoveryMaximum = recovery.LastOrDefault(),
            RetainedLooks = _probe.Count,
            Data = _ledger.Violations == 0 ? null : broker.Data,
        };
    }

    private async Task RunAsync(Broker broker)
    {
        _probe = new RetainedProbe(_ledger, broker.Address);
        var cast = new Cast(_ledger, _options, broker.Address);
        await StartAsync(broker);
        foreach (var subscriber in cast.Subscribers)
        {
            _subscribing.Add(GuardAsync(subscriber.RunAsync(_draining.Token, _ending.Token)));
        }

        await using var paho = _options.HasPaho ? PahoPeers.Start(_ledger, broker.Port, _options.Seed, cast.PahoPublishers, cast.PahoSubscribers) : null;
        await Task.WhenAll([.. cast.Subscribers.Select(subscriber => subscriber.Subscribed), paho?.Subscribed ?? Task.CompletedTask]).WaitAsync(SettleLimit);
        paho?.Publish();
        foreach (var publisher in cast.Publishers)
        {
            _publishing.Add(GuardAsync(publisher.RunAsync(_draining.Token, _ending.Token)));
        }

        var probing = _probe.RunAsync(_draining.Token);
        var began = Stopwatch.GetTimestamp();
        int late = 0;
        while (_rounds < _options.Rounds && Stopwatch.GetElapsedTime(began) < _options.Limit)
        {
            if (late < cast.Late.Count && Stopwatch.GetElapsedTime(began) > LateEvery * (late + 1))
            {
                _subscribing.Add(GuardAsync(cast.Late[late++].RunAsync(_draining.Token, _ending.Token)));
            }

            await RoundAsync(broker);
        }

        await _draining.CancelAsync();
        paho?.Drain();
        await probing;
        await SettleAsync(broker, paho);
    }

    // A client that ends of itself would look like messages lost.
    private async Task GuardAsync(Task client)
    {
        try
        {
            await client;
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The test ends before its clients do.
        }
        catch (Exception error) when (error is InvalidOperationException or IOException or ArgumentException or OperationCanceledException or NullReferenceException)
        {
            _ledger.Violate($"a client failed: {error}");
        }
    }

    private async Task RoundAsync(Broker broker)
    {
        _rounds++;
        int load = _random.NextDouble() < 0.2 ? _random.Next(10, 200) : _random.Next(200, 1000);
        await Task.Delay(load);
        await KillAsync(broker);
        double kind = _random.NextDouble();
        if (kind < 0.15)
        {
            // In the middle of its recovery, or before it.
            Start(broker);
            await Task.Delay(_random.Next(10, 300));
            await KillAsync(broker);
        }
        else if (kind < 0.3)
        {
            // As soon as clients are back, or almost.
            await StartAsync(broker);
            await Task.Delay(_random.Next(0, 30));
            await KillAsync(broker);
        }

        await StartAsync(broker);
        _print($"round {_rounds}: killed after {load} ms, ready in {broker.RecoveryMilliseconds[^1]} ms; published {_ledger.Published}, delivered {_ledger.Delivered}, to come {_ledger.Receivers.Sum(one => one.CountMissing())}, violations {_ledger.Violations}");
    }

    private void Start(Broker broker)
    {
        broker.Launch();
        _ledger.NoteEvent("started");
    }

    private async Task StartAsync(Broker broker)
    {
        Start(broker);
        await broker.WaitUntilReadyAsync();
        _ledger.NoteEvent("ready");
    }

    private async Task KillAsync(Broker broker)
    {
        _ledger.NoteEvent("killed");
        await broker.KillAsync();
    }

    // Waits until all is acknowledged and delivered, or nothing moves any more.
    private async Task SettleAsync(Broker broker, PahoPeers? paho)
    {
        try
        {
            await Task.WhenAll([.. _publishing, paho?.Drained ?? Task.CompletedTask]).WaitAsync(SettleLimit);
        }
        catch (TimeoutException)
        {
            _ledger.Violate($"the publishers' messages are not all acknowledged {SettleLimit} after the last start. The broker printed:{Environment.NewLine}{broker.Output}");
        }

        long delivered = -1;
        var moved = Stopwatch.GetTimestamp();
        while (_ledger.Receivers.Sum(one => one.CountMissing()) > 0 && Stopwatch.GetElapsedTime(moved) < _options.Patience)
        {
            if (_ledger.Delivered != delivered)
            {
                delivered = _ledger.Delivered;
                moved = Stopwatch.GetTimestamp();
            }

            await Task.Delay(50);
        }

        // A second delivery would come now.
        await Task.Delay(500);
        foreach (var receiver in _ledger.Receivers)
        {
            receiver.Judge();
        }

        await _probe.LookAsync(isFinal: true, _ending.Token);
    }
}
