using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>What a <see cref="ClientSession"/> reports, synchronously, from within the call that led to it.</summary>
internal interface IClientSessionSink
{
    /// <summary>CONNACK with Success has come.</summary>
    void HandleConnected(ConnectResult result);

    /// <summary>A message has come.</summary>
    /// <param name="packet">The packet; its slices end with the call.</param>
    /// <param name="topic">The topic, resolved from an alias if need be.</param>
    /// <param name="delivery">Number for <see cref="ClientSession.TryTake"/>, or 0 at QoS 0.</param>
    /// <returns>How many readers will take it; with 0 it is acknowledged at once.</returns>
    int HandleMessage(scoped in PublishPacket packet, ReceivedTopic topic, long delivery);

    /// <summary>A publication that was <see cref="PublishStatus.Pending"/> has ended with an answer of the server, or is written (QoS 0).</summary>
    void HandlePublished(PublishCommand command, in PublishResult result);

    /// <summary>A publication that was <see cref="PublishStatus.Pending"/> cannot be sent after all.</summary>
    void HandlePublishFailed(PublishCommand command, ReasonCode? reason, string message);

    /// <summary>SUBACK or UNSUBACK has come.</summary>
    void HandleAnswered(RequestCommand command);

    /// <summary>A request will not be answered.</summary>
    void HandleRequestFailed(RequestCommand command);

    /// <summary>The session has ended. Reported once, and before the failures of what was pending.</summary>
    void HandleClosed(MqttDisconnection disconnection, ConnectResult? refusal);
}
