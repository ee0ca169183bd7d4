using System.Diagnostics.CodeAnalysis;
using Godwit.Broker.Loops.InProcess;
using Godwit.Protocol;

namespace Godwit.Broker.InProcess;

/// <summary>
/// Publishes for the process over one connection, which is made when it is first needed. Messages leave in the order of the
/// calls, as far as the broker's window is open.
/// </summary>
internal sealed class InProcessPublisher(InProcessDriver driver, int maximumPacketSize)
{
    // What QoS 0 may run ahead of the broker before its publisher waits.
    private const int WaitingBytesMax = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Queue<(BrokerMessage Message, TaskCompletionSource<ReasonCode> Completion)> _waiting = new();
    private InProcessConnection? _connection;
    private bool _isOpening;
    private bool _isFlushing;
    private int _inFlight;

    public async ValueTask<ReasonCode> PublishAsync(BrokerMessage message, CancellationToken cancellation)
    {
        MessageCodec.Check(message);
        cancellation.ThrowIfCancellationRequested();
        TaskCompletionSource<ReasonCode> completion;
        lock (_gate)
        {
            if (_waiting.Count == 0 && message.QoS == QualityOfService.AtMostOnce && _connection is { } connection && !IsAhead(connection))
            {
                connection.Send(MessageCodec.ToPacket(message, 0, maximumPacketSize));
                return ReasonCode.Success;
            }

            completion = new TaskCompletionSource<ReasonCode>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((message, completion));
            Pump();
        }

        return await completion.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private static bool IsAhead(InProcessConnection connection) => connection.WaitingBytes > WaitingBytesMax;

    private void Pump()
    {
        if (_connection is null)
        {
            if (!_isOpening)
            {
                _isOpening = true;
                _ = OpenAsync();
            }

            return;
        }

        while (_waiting.TryPeek(out var next))
        {
            bool isQoS0 = next.Message.QoS == QualityOfService.AtMostOnce;
            if (isQoS0 && IsAhead(_connection))
            {
                Flush(_connection);
                return;
            }

            if (!isQoS0 && _inFlight >= _connection.ReceiveMaximum)
            {
                return;
            }

            _waiting.Dequeue();
            Send(_connection, next.Message, next.Completion);
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever went wrong is told to the publisher.")]
    private void Send(InProcessConnection connection, BrokerMessage message, TaskCompletionSource<ReasonCode> completion)
    {
        try
        {
            if (message.QoS == QualityOfService.AtMostOnce)
            {
                connection.Send(MessageCodec.ToPacket(message, 0, maximumPacketSize));
                completion.TrySetResult(ReasonCode.Success);
            }
            else
            {
                var answer = connection.RequestAsync(identifier => MessageCodec.ToPacket(message, identifier, maximumPacketSize));
                if (answer.IsFaulted)
                {
                    completion.TrySetException(answer.Exception.InnerExceptions);
                    return;
                }

                _inFlight++;
                _ = CompleteAsync(answer, completion);
            }
        }
        catch (Exception error)
        {
            completion.TrySetException(error);
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever went wrong is told to the publisher.")]
    private async Task CompleteAsync(Task<ReasonCode> answer, TaskCompletionSource<ReasonCode> completion)
    {
        try
        {
            completion.TrySetResult(await answer.ConfigureAwait(false));
        }
        catch (Exception error)
        {
            completion.TrySetException(error);
        }

        lock (_gate)
        {
            _inFlight--;
            Pump();
        }
    }

    private void Flush(InProcessConnection connection)
    {
        if (!_isFlushing)
        {
            _isFlushing = true;
            _ = FlushAsync(connection);
        }
    }

    private async Task FlushAsync(InProcessConnection connection)
    {
        // When it fails, the sends that follow say why.
        await connection.FlushAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            _isFlushing = false;
            Pump();
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever went wrong is told to the publishers.")]
    private async Task OpenAsync()
    {
        InProcessConnection? connection = null;
        Exception? failure = null;
        try
        {
            connection = await InProcessConnection.OpenAsync(driver, $"$godwit/publisher/{Guid.NewGuid():n}", capacity: 0).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error;
        }

        lock (_gate)
        {
            _connection = connection;
            _isOpening = false;
            if (connection is not null)
            {
                Pump();
                return;
            }

            while (_waiting.TryDequeue(out var next))
            {
                next.Completion.TrySetException(failure!);
            }
        }
    }
}
