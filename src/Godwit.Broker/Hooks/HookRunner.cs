using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Godwit.Broker.Diagnostics;
using Godwit.Broker.Loops;
using Godwit.Engine.Access;
using Godwit.Protocol;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Hooks;

/// <summary>Runs chains of hooks with a bound on their time; what fails or hangs is refused.</summary>
internal sealed class HookRunner(TimeSpan timeout, ILogger logger)
{
    // A hook that holds a loop so long disturbs everybody on it.
    private static readonly TimeSpan HeldLoopMax = TimeSpan.FromMilliseconds(20);

    private readonly LogRate _failures = new(10);
    private readonly LogRate _held = new(1);

    /// <summary>Begins a chain on the calling loop.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A hook is foreign code: whatever it throws is a refusal.")]
    public ValueTask<AccessDecision> RunAsync(Func<CancellationToken, ValueTask<AccessDecision>> chain)
    {
        long begin = Stopwatch.GetTimestamp();
        var source = new CancellationTokenSource();
        ValueTask<AccessDecision> task;
        try
        {
            task = chain(source.Token);
        }
        catch (Exception error)
        {
            task = ValueTask.FromException<AccessDecision>(error);
        }

        var held = Stopwatch.GetElapsedTime(begin);
        if (held > HeldLoopMax && _held.TryTake(Now, out long unreported))
        {
            BrokerLog.HookHeldLoop(logger, (long)held.TotalMilliseconds, unreported);
        }

        if (task.IsCompleted)
        {
            source.Dispose();
            return task;
        }

        return new ValueTask<AccessDecision>(BoundAsync(task.AsTask(), source));
    }

    /// <summary>The decision of a chain that has ended; <paramref name="reason"/> when it failed.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A hook is foreign code: whatever it throws is a refusal.")]
    public AccessDecision Result(ValueTask<AccessDecision> task, ClientContext client, ReasonCode reason)
    {
        if (task.IsCompletedSuccessfully)
        {
            return task.Result;
        }

        try
        {
            return task.AsTask().GetAwaiter().GetResult();
        }
        catch (Exception error)
        {
            return Refuse(error, client, reason);
        }
    }

    /// <summary>The decision of a chain when it has ended; <paramref name="reason"/> when it failed.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A hook is foreign code: whatever it throws is a refusal.")]
    public async Task<AccessDecision> ResultAsync(Task<AccessDecision> task, ClientContext client, ReasonCode reason)
    {
        try
        {
            return await task.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            return Refuse(error, client, reason);
        }
    }

    private static long Now => MonotonicClock.ToMilliseconds(MonotonicClock.Timestamp);

    private async Task<AccessDecision> BoundAsync(Task<AccessDecision> task, CancellationTokenSource source)
    {
        using (source)
        {
            try
            {
                return await task.WaitAsync(timeout).ConfigureAwait(false);
            }
            finally
            {
                await source.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private AccessDecision Refuse(Exception error, ClientContext client, ReasonCode reason)
    {
        if (_failures.TryTake(Now, out long unreported))
        {
            if (error is TimeoutException or OperationCanceledException)
            {
                BrokerLog.HookTimedOut(logger, client.ClientId, (long)timeout.TotalMilliseconds, unreported);
            }
            else
            {
                BrokerLog.HookFailed(logger, error, client.ClientId, unreported);
            }
        }

        return AccessDecision.Refused(reason);
    }
}
