namespace Godwit.Conformance.Tests.Mutants;

/// <summary>All mutants, by theme.</summary>
internal static class MutantList
{
    public static IReadOnlyList<Mutant> All { get; } =
    [
        .. V50PublishMutants.All,
        .. V50SubscribeMutants.All,
        .. V50DeliveryMutants.All,
        .. V50TopicMutants.All,
        .. PingMutants.All,
        .. ClosingMutants.All,
        .. TextMutants.All,
        .. HeaderMutants.All,
        .. ConnectMutants.All,
        .. WillMutants.All,
        .. SessionMutants.All,
        .. ConnAckMutants.All,
        .. DisconnectMutants.All,
        .. AuthMutants.All,
        .. V311ConnectMutants.All,
        .. V311MessageMutants.All,
        .. V311SubscribeMutants.All,
    ];
}
