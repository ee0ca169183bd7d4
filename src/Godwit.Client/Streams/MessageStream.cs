using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Godwit.Client.Streams;

/// <summary>
/// Messages on their way to one reader. Fed and read under the client's lock; taking a message of QoS 1 or 2 is what
/// acknowledges it. One reader waits at a time, without allocating.
/// </summary>
/// <param name="owner">The client.</param>
/// <param name="capacity">Messages of QoS 0 at which it is full.</param>
/// <param name="isSharedOut">Other streams may take over what it holds: then nothing is taken out ahead of the reader.</param>
internal sealed class MessageStream(IMessageStreamOwner owner, int capacity, bool isSharedOut = false) : IValueTaskSource<bool>, ICompletion
{
    private const int AheadMax = 64;
    private const int AheadShare = 16;

    // Messages of QoS 0 that were taken out of the queue at once, so that their reader does not ask for the lock, which the reading
    // pump holds most of the time, for each. They count as held until the next time.
    private readonly MqttMessage?[] _ahead = new MqttMessage?[isSharedOut ? 0 : Math.Min(AheadMax, capacity / AheadShare)];
    private int _aheadNext;
    private int _aheadCount;
    private volatile bool _isAheadDropped;

    private readonly Queue<(MqttMessage Message, long Delivery)> _queue = new();
    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private OperationCanceledException? _cancellation;
    private MqttDisconnection? _failure;
    private bool _isCompleted;
    private bool _isWaiting;
    private bool _isWaitInUse;
    private int _atMostOnceCount;

    /// <summary>Messages of QoS 0 that did not fit.</summary>
    public long DiscardedCount { get; private set; }

    /// <summary>Marks the message that was added last, so that overlapping filters of one stream add it once.</summary>
    public long RouteStamp { get; set; }

    /// <summary>Messages of QoS 0 have reached the capacity.</summary>
    public bool IsFull => _atMostOnceCount >= capacity;

    /// <summary>It is more than half full: reading that paused because it was full had better wait.</summary>
    public bool IsFilling => _atMostOnceCount > capacity / 2;

    public bool IsCompleted => _isCompleted;

    /// <summary>A message of QoS 0 did not fit. Lock held.</summary>
    public void CountDiscarded() => DiscardedCount++;

    /// <summary>Adds a message. Lock held.</summary>
    /// <param name="message">The message.</param>
    /// <param name="delivery">The session's number for it; 0 at QoS 0.</param>
    /// <returns>False if the stream has ended.</returns>
    public bool TryAdd(MqttMessage message, long delivery)
    {
        if (_isCompleted)
        {
            return false;
        }

        _atMostOnceCount += delivery == 0 ? 1 : 0;
        _queue.Enqueue((message, delivery));
        Wake();
        return true;
    }

    /// <summary>Ends the stream: readers get what is queued, then the end or the failure. Lock held.</summary>
    public void Complete(MqttDisconnection? failure)
    {
        if (!_isCompleted)
        {
            _isCompleted = true;
            _failure = failure;
            Wake();
        }
    }

    /// <summary>Takes everything out; for a stream whose reader is gone, or whose messages get another stream. Lock held.</summary>
    public List<(MqttMessage Message, long Delivery)> Drain()
    {
        List<(MqttMessage Message, long Delivery)> drained = [.. _queue];
        _queue.Clear();
        _atMostOnceCount = 0;
        _isAheadDropped = true; // no reader is left, unless it is shared out and takes nothing ahead
        return drained;
    }

    /// <summary>Adds messages that were drained from this or another stream. Lock held.</summary>
    public void Restore(IEnumerable<(MqttMessage Message, long Delivery)> messages)
    {
        foreach (var item in messages)
        {
            _queue.Enqueue(item);
            _atMostOnceCount += item.Delivery == 0 ? 1 : 0;
        }

        if (_queue.Count > 0)
        {
            Wake();
        }
    }

    public bool TryRead(out MqttMessage message)
    {
        if (TryReadAhead(out message))
        {
            return true;
        }

        List<ICompletion>? completions;
        bool isTaken;
        lock (owner.Gate)
        {
            isTaken = TryTake(out message);
            completions = owner.EndTurn();
        }

        owner.Run(completions);
        return isTaken;
    }

    /// <returns>The next message, or null at the end.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<MqttMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            if (TryRead(out var message))
            {
                return message;
            }

            if (!await WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                return null;
            }
        }
    }

    public IAsyncEnumerator<MqttMessage> GetAsyncEnumerator(CancellationToken cancellationToken) => new Enumerator(this, cancellationToken);

    void ICompletion.Complete()
    {
        if (_cancellation is { } cancellation)
        {
            _cancellation = null;
            _wait.SetException(cancellation);
        }
        else
        {
            _wait.SetResult(true);
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        // Waits for a callback that is running, which needs the lock: it is not held here.
        _registration.Dispose();
        _registration = default;
        _isWaitInUse = false;
        return _wait.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    // Two readers at a time are not supported, but even they must not get one message twice.
    private bool TryReadAhead(out MqttMessage message)
    {
        while (Volatile.Read(ref _aheadNext) < Volatile.Read(ref _aheadCount) && !_isAheadDropped)
        {
            var index = Interlocked.Increment(ref _aheadNext) - 1;
            if (index < _aheadCount && Interlocked.Exchange(ref _ahead[index], null) is { } next)
            {
                message = next;
                return true;
            }
        }

        message = null!;
        return false;
    }

    private bool TryTake(out MqttMessage message)
    {
        if (TryReadAhead(out message))
        {
            return true; // another reader has taken messages out meanwhile
        }

        _atMostOnceCount -= _isAheadDropped ? 0 : _aheadCount;
        _aheadCount = 0;
        while (_queue.TryDequeue(out var item))
        {
            if (item.Delivery == 0)
            {
                _atMostOnceCount--;
                TakeAhead();
                message = item.Message;
                return true;
            }

            if (owner.TryTake(item.Delivery))
            {
                message = item.Message;
                return true;
            }
        }

        message = null!;
        return false;
    }

    private void TakeAhead()
    {
        var count = 0;
        while (count < _ahead.Length && _queue.TryPeek(out var item) && item.Delivery == 0)
        {
            _ahead[count++] = _queue.Dequeue().Message;
        }

        Volatile.Write(ref _aheadNext, 0);
        Volatile.Write(ref _aheadCount, count);
    }

    private ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        List<ICompletion>? completions;
        short version;
        lock (owner.Gate)
        {
            if (_queue.Count > 0)
            {
                return new ValueTask<bool>(true);
            }

            if (_isCompleted)
            {
                return _failure is null ? new ValueTask<bool>(false) : ValueTask.FromException<bool>(new MqttConnectionClosedException(_failure));
            }

            if (_isWaitInUse)
            {
                throw new InvalidOperationException("Another reader waits on this stream already.");
            }

            _wait.Reset();
            version = _wait.Version;
            _isWaiting = true;
            _isWaitInUse = true;
            owner.WaitingReaders++;
            completions = owner.EndTurn();
        }

        owner.Run(completions);
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static (stream, token) => ((MessageStream)stream!).Cancel(token), this);
        }

        return new ValueTask<bool>(this, version);
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        List<ICompletion>? completions;
        lock (owner.Gate)
        {
            if (_isWaiting)
            {
                _cancellation = new OperationCanceledException(cancellationToken);
                Wake();
            }

            completions = owner.EndTurn();
        }

        owner.Run(completions);
    }

    private void Wake()
    {
        if (_isWaiting)
        {
            _isWaiting = false;
            owner.WaitingReaders--;
            owner.Add(this);
        }
    }

    private sealed class Enumerator(MessageStream stream, CancellationToken cancellationToken) : IAsyncEnumerator<MqttMessage>
    {
        public MqttMessage Current { get; private set; } = null!;

        public ValueTask<bool> MoveNextAsync()
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return ValueTask.FromCanceled<bool>(cancellationToken);
            }

            if (stream.TryRead(out var message))
            {
                Current = message;
                return new ValueTask<bool>(true);
            }

            return WaitForNextAsync();
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> WaitForNextAsync()
        {
            var message = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
            Current = message!;
            return message is not null;
        }
    }
}
