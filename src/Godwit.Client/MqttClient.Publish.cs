using System.Text;
using Godwit.Client.Sessions;
using Godwit.Client.Streams;
using Godwit.Protocol;

namespace Godwit.Client;

public sealed partial class MqttClient
{
    /// <summary>Publishes a message.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="payload">The payload; do not change the bytes before the publication has completed.</param>
    /// <param name="qos">Quality of service.</param>
    /// <param name="retain">The server keeps it as the topic's retained message; an empty payload clears that.</param>
    /// <param name="cancellationToken">Waits no longer. A message that was not sent is not sent any more; one that was stays on its way.</param>
    /// <returns>
    /// At QoS 1 and 2 completes when the server has settled it (PUBACK, PUBCOMP), at QoS 0 when it is in the connection's output,
    /// which is sent without delay. Waits while the output or the server's Receive Maximum is exhausted. Await it once only.
    /// </returns>
    /// <exception cref="MqttException">The server refused, or the message may not be sent to this server at all; see <see cref="MqttException.ReasonCode"/>.</exception>
    /// <exception cref="MqttConnectionClosedException">The connection has ended; whether the server has the message is not known, unless it was not sent.</exception>
    public ValueTask<PublishResult> PublishAsync(
        string topic,
        ReadOnlyMemory<byte> payload,
        QualityOfService qos = QualityOfService.AtMostOnce,
        bool retain = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return PublishAsync(topic, payload, qos, retain, null, cancellationToken);
    }

    /// <summary>Publishes text as UTF-8; otherwise as <see cref="PublishAsync(string, ReadOnlyMemory{byte}, QualityOfService, bool, CancellationToken)"/>.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="payload">The text.</param>
    /// <param name="qos">Quality of service.</param>
    /// <param name="retain">The server keeps it as the topic's retained message.</param>
    /// <param name="cancellationToken">Waits no longer.</param>
    /// <returns>See the other overload.</returns>
    public ValueTask<PublishResult> PublishAsync(
        string topic,
        string payload,
        QualityOfService qos = QualityOfService.AtMostOnce,
        bool retain = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(payload);
        return PublishAsync(topic, Encoding.UTF8.GetBytes(payload), qos, retain, null, cancellationToken);
    }

    /// <summary>Publishes a message with its properties; otherwise as <see cref="PublishAsync(string, ReadOnlyMemory{byte}, QualityOfService, bool, CancellationToken)"/>.</summary>
    /// <param name="message">The message. Properties need protocol version 5.0.</param>
    /// <param name="cancellationToken">Waits no longer.</param>
    /// <returns>See the other overload.</returns>
    public ValueTask<PublishResult> PublishAsync(MqttMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return PublishAsync(message.Topic, message.Payload, message.QoS, message.Retain, message, cancellationToken);
    }

    private ValueTask<PublishResult> PublishAsync(
        string topic,
        ReadOnlyMemory<byte> payload,
        QualityOfService qos,
        bool retain,
        MqttMessage? message,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((byte)qos, (byte)QualityOfService.ExactlyOnce, nameof(qos));
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PublishResult>(cancellationToken);
        }

        Connections.PublishOperation operation;
        short version;
        List<ICompletion>? completions;
        lock (_gate)
        {
            if (_session.IsClosed)
            {
                return ValueTask.FromException<PublishResult>(CreateClosedException());
            }

            operation = RentOperation();
            operation.Topic = topic;
            operation.Payload = payload;
            operation.QoS = qos;
            operation.Retain = retain;
            operation.Message = message;
            version = operation.Version;
            var status = _session.Publish(operation, out var reason, out var text);
            if (status != PublishStatus.Pending)
            {
                Return(operation);
            }

            completions = EndTurn();
            if (status == PublishStatus.Rejected)
            {
                return ValueTask.FromException<PublishResult>(new MqttException(reason, text));
            }

            if (status == PublishStatus.Done)
            {
                return default;
            }
        }

        _completions.Run(completions);
        if (cancellationToken.CanBeCanceled)
        {
            operation.Register(cancellationToken);
        }

        return new ValueTask<PublishResult>(operation, version);
    }
}
