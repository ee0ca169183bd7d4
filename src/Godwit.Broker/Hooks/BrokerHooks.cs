namespace Godwit.Broker.Hooks;

/// <summary>Code of the embedding process that the broker asks or tells. A kind of hook that is absent costs nothing.</summary>
public sealed record BrokerHooks
{
    /// <summary>No hooks.</summary>
    public static BrokerHooks None { get; } = new();

    /// <summary>Decide who may connect.</summary>
    public IReadOnlyList<IAuthenticator> Authenticators { get; init; } = [];

    /// <summary>Decide who may publish, subscribe and receive what.</summary>
    public IReadOnlyList<IAuthorizer> Authorizers { get; init; } = [];

    /// <summary>See and change what is published.</summary>
    public IReadOnlyList<IPublishInterceptor> PublishInterceptors { get; init; } = [];

    /// <summary>See and limit subscriptions.</summary>
    public IReadOnlyList<ISubscribeInterceptor> SubscribeInterceptors { get; init; } = [];

    /// <summary>See and withhold deliveries.</summary>
    public IReadOnlyList<IDeliveryInterceptor> DeliveryInterceptors { get; init; } = [];

    /// <summary>Hear of connections.</summary>
    public IReadOnlyList<IConnectionObserver> ConnectionObservers { get; init; } = [];

    /// <summary>Hear of sessions.</summary>
    public IReadOnlyList<ISessionObserver> SessionObservers { get; init; } = [];

    /// <summary>How long a hook may take; after that the answer is no. Default 5 s: below the time in which a CONNECT has to be answered.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
