namespace Godwit.Conformance.Checks;

/// <summary>All checks, in the order of the standards.</summary>
public static class CheckList
{
    /// <summary>3.1.1 first, then 5.0.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        .. V311.FormatChecks.All,
        .. V311.ConnectChecks.All,
        .. V311.SessionChecks.All,
        .. V311.WillChecks.All,
        .. V311.PublishChecks.All,
        .. V311.RetainChecks.All,
        .. V311.DeliveryChecks.All,
        .. V311.SubscribeChecks.All,
        .. V311.UnsubscribeChecks.All,
        .. V311.PingChecks.All,
        .. V311.TopicChecks.All,
        .. V50.TextChecks.All,
        .. V50.HeaderChecks.All,
        .. V50.ConnectChecks.All,
        .. V50.ConnectPropertyChecks.All,
        .. V50.WillChecks.All,
        .. V50.SessionChecks.All,
        .. V50.ConnAckChecks.All,
        .. V50.PublishChecks.All,
        .. V50.RetainChecks.All,
        .. V50.PublishPropertyChecks.All,
        .. V50.AliasChecks.All,
        .. V50.SubscribeChecks.All,
        .. V50.SubscribeErrorChecks.All,
        .. V50.UnsubscribeChecks.All,
        .. V50.PingChecks.All,
        .. V50.DisconnectChecks.All,
        .. V50.AuthChecks.All,
        .. V50.QoS1Checks.All,
        .. V50.QoS2Checks.All,
        .. V50.OrderingChecks.All,
        .. V50.TopicChecks.All,
        .. V50.SharedChecks.All,
        .. V50.FlowControlChecks.All,
        .. V50.ProtocolErrorChecks.All,
    ];
}
