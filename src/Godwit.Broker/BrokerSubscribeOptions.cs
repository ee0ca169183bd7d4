using Godwit.Protocol;

namespace Godwit.Broker;

/// <summary>How the process subscribes to its own broker.</summary>
public sealed record BrokerSubscribeOptions
{
    /// <summary>Highest QoS at which messages come. Default: at least once, so that a slow reader delays messages instead of losing them.</summary>
    public QualityOfService MaximumQoS { get; init; } = QualityOfService.AtLeastOnce;

    /// <summary>Messages keep the RETAIN flag of their publisher.</summary>
    public bool RetainAsPublished { get; init; }

    /// <summary>Whether retained messages come first.</summary>
    public RetainHandling RetainHandling { get; init; } = RetainHandling.SendAtSubscribe;

    /// <summary>
    /// Messages that wait for the reader, 1 to 65,535. Default 1,024. Beyond, QoS 1 and 2 wait in the broker's queue (see
    /// <see cref="Godwit.Engine.EngineOptions.QueuedMessagesMax"/>) and QoS 0 is dropped when the output buffer is full, too.
    /// </summary>
    public int Capacity { get; init; } = 1024;
}
