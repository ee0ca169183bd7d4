using Godwit.Broker.Diagnostics;
using Godwit.Broker.Options;
using Godwit.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Hosting;

/// <summary>
/// The broker of a .NET host: starts and stops with it. Inject it to publish and subscribe in process; what is asked before the
/// host has started the broker waits for that.
/// </summary>
public sealed class EmbeddedBroker : IHostedService, IAsyncDisposable
{
    private readonly Func<BrokerOptions> _options;
    private readonly ILoggerFactory _loggers;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TaskCompletionSource<GodwitBroker> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal EmbeddedBroker(Func<BrokerOptions> options, ILoggerFactory loggers, IHostApplicationLifetime lifetime)
    {
        _options = options;
        _loggers = loggers;
        _lifetime = lifetime;
    }

    /// <summary>The broker, as soon as it accepts connections; fails if it could not be started.</summary>
    public Task<GodwitBroker> Started => _started.Task;

    /// <summary>As <see cref="GodwitBroker.PublishAsync"/>.</summary>
    public async ValueTask<ReasonCode> PublishAsync(BrokerMessage message, CancellationToken cancellation = default)
    {
        var broker = await Started.WaitAsync(cancellation).ConfigureAwait(false);
        return await broker.PublishAsync(message, cancellation).ConfigureAwait(false);
    }

    /// <summary>As <see cref="GodwitBroker.SubscribeAsync"/>.</summary>
    public async Task<BrokerSubscription> SubscribeAsync(string topicFilter, BrokerSubscribeOptions? options = null, CancellationToken cancellation = default)
    {
        var broker = await Started.WaitAsync(cancellation).ConfigureAwait(false);
        return await broker.SubscribeAsync(topicFilter, options).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            var broker = await GodwitBroker.StartAsync(_options(), _loggers, cancellationToken).ConfigureAwait(false);
            _started.SetResult(broker);
            _ = StopHostAfterAsync(broker.Failure);
        }
        catch (Exception error)
        {
            _started.TrySetException(error);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_started.Task.IsCompletedSuccessfully)
        {
            await _started.Task.Result.StopAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _started.TrySetException(new BrokerStoppedException("The host was stopped before the broker had started."));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    // A broker that lost a loop stops its host: half a broker must not go on, and a supervisor restarts a whole one.
    private async Task StopHostAfterAsync(Task failure)
    {
        await failure.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        BrokerLog.HostIsStopped(_loggers.CreateLogger("Godwit.Broker"));
        _lifetime.StopApplication();
    }
}
