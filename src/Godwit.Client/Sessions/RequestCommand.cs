using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>A SUBSCRIBE or UNSUBSCRIBE that somebody waits for.</summary>
internal class RequestCommand
{
    public required bool IsSubscribe { get; init; }

    /// <summary>The filters; of an UNSUBSCRIBE only the text counts.</summary>
    public required IReadOnlyList<MqttTopicFilter> Filters { get; init; }

    /// <summary>1 to 268,435,455, or 0 for none.</summary>
    public uint SubscriptionIdentifier { get; set; }

    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];

    /// <summary>One per filter, once answered. Before 5.0 an UNSUBACK says Success for each.</summary>
    public ReasonCode[] Reasons { get; set; } = [];

    public string? ReasonString { get; set; }
}
