using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>One publication that somebody waits for. The session links it into its queues and calls back by it.</summary>
internal class PublishCommand
{
    public string Topic = "";
    public ReadOnlyMemory<byte> Payload;
    public QualityOfService QoS;
    public bool Retain;

    /// <summary>Where the 5.0 properties are, or null without any.</summary>
    public MqttMessage? Message;

    /// <summary>QoS 2: what the PUBREC said; the outcome once PUBCOMP has come.</summary>
    public PublishResult Received;

    /// <summary>The exchange on the wire, once it is sent at QoS 1 or 2.</summary>
    public OutboundPublish? Exchange;

    /// <summary>The queue in which it waits to be sent, or null.</summary>
    public PublishQueue? Queue;

    public PublishCommand? Previous;
    public PublishCommand? Next;
}
