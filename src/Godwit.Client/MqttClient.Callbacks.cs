using Godwit.Client.Connections;
using Godwit.Client.Sessions;
using Godwit.Client.Streams;
using Godwit.Protocol;

namespace Godwit.Client;

public sealed partial class MqttClient
{
    private const int PooledOperationsMax = 1024;
    private readonly Stack<PublishOperation> _pooledOperations = [];
    private readonly Callbacks _callbacks;
    private MqttDisconnection? _disconnection;
    private int _waitingReaders;

    /// <summary>
    /// Reading may stop without harm: nothing in this client waits for bytes that are still to be read. Otherwise a reader that
    /// publishes before it reads on would wait for an answer that nobody fetches.
    /// </summary>
    private bool MayPauseReading => !_session.IsAnswerAwaited && _waitingReaders == 0;

    /// <summary>What session, streams and operations call; not public on the client itself. Lock held unless said otherwise.</summary>
    private sealed class Callbacks(MqttClient client) : IClientSessionSink, IMessageStreamOwner, IPublishOperationOwner
    {
        Lock IMessageStreamOwner.Gate => client._gate;

        int IMessageStreamOwner.WaitingReaders
        {
            get => client._waitingReaders;
            set => client._waitingReaders = value;
        }

        bool IMessageStreamOwner.TryTake(long delivery) => client._session.TryTake(delivery);

        void IMessageStreamOwner.Add(ICompletion completion) => client._completions.Add(completion);

        List<ICompletion>? IMessageStreamOwner.EndTurn() => client.EndTurn();

        void IMessageStreamOwner.Run(List<ICompletion>? completions) => client._completions.Run(completions);

        void IClientSessionSink.HandleConnected(ConnectResult result)
        {
            client._router.AreIdentifiersDoubtful = result.SessionPresent;
            client._connected.TrySetResult();
        }

        int IClientSessionSink.HandleMessage(scoped in PublishPacket packet, ReceivedTopic topic, long delivery) =>
            client._router.Route(packet, topic, delivery, client.MayPauseReading);

        void IClientSessionSink.HandlePublished(PublishCommand command, in PublishResult result) => Decide(
            command,
            result,
            result.Reason.IsFailure()
                ? new MqttException(result.Reason, MqttException.InWords($"The server refused the publication to '{command.Topic}'", result.Reason, result.ReasonString))
                {
                    ReasonString = result.ReasonString,
                }
                : null);

        void IClientSessionSink.HandlePublishFailed(PublishCommand command, ReasonCode? reason, string message) => Decide(
            command,
            default,
            client._disconnection is not null ? client.CreateClosedException()
                : reason is { } known ? new MqttException(known, message)
                : new MqttException(message));

        void IClientSessionSink.HandleAnswered(RequestCommand command)
        {
            var operation = (RequestOperation)command;
            if (operation.IsSubscribe)
            {
                client.HandleSubscribed(operation);
            }
            else
            {
                for (var index = 0; index < operation.Reasons.Length; index++)
                {
                    if (!operation.Reasons[index].IsFailure())
                    {
                        client._router.Remove(operation.Filters[index].Filter);
                    }
                }
            }

            operation.Complete(null);
        }

        void IClientSessionSink.HandleRequestFailed(RequestCommand command) => ((RequestOperation)command).Complete(client.CreateClosedException());

        void IClientSessionSink.HandleClosed(MqttDisconnection disconnection, ConnectResult? refusal)
        {
            client._disconnection = disconnection;
            client._router.CompleteAll(disconnection.Cause == MqttDisconnectionCause.ByClient ? null : disconnection);
            client._connected.TrySetException(refusal is null ? new MqttConnectException(disconnection) : new MqttConnectException(refusal));
            client._ended.TrySetResult(disconnection);
        }

        void IPublishOperationOwner.Return(PublishOperation operation)
        {
            lock (client._gate)
            {
                client.Return(operation);
            }
        }

        void IPublishOperationOwner.Cancel(PublishOperation operation, CancellationToken cancellationToken)
        {
            List<ICompletion>? completions;
            lock (client._gate)
            {
                if (!operation.IsDecided)
                {
                    ClientSession.CancelPublish(operation);
                    Decide(operation, default, new OperationCanceledException(cancellationToken));
                }

                completions = client.EndTurn();
            }

            client._completions.Run(completions);
        }

        private void Decide(PublishCommand command, in PublishResult result, Exception? error)
        {
            var operation = (PublishOperation)command;
            operation.Decide(result, error);
            client._completions.Add(operation);
        }
    }

    private PublishOperation RentOperation() => _pooledOperations.TryPop(out var operation) ? operation : new PublishOperation(_callbacks);

    private void Return(PublishOperation operation)
    {
        operation.Reset();
        if (_pooledOperations.Count < PooledOperationsMax)
        {
            _pooledOperations.Push(operation);
        }
    }
}
