using System.Diagnostics.CodeAnalysis;
using Godwit.Broker.Hooks;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Broker.Hosting;

/// <summary>Adds hooks to the broker of a host. Each is made once by the container; those of a kind are asked in the order of these calls.</summary>
public sealed class GodwitBrokerBuilder
{
    private const DynamicallyAccessedMemberTypes Constructors = DynamicallyAccessedMemberTypes.PublicConstructors;

    internal GodwitBrokerBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Decides who may connect.</summary>
    public GodwitBrokerBuilder AddAuthenticator<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, IAuthenticator => Add<IAuthenticator, T>();

    /// <summary>Decides what clients may do.</summary>
    public GodwitBrokerBuilder AddAuthorizer<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, IAuthorizer => Add<IAuthorizer, T>();

    /// <summary>Sees and changes what is published.</summary>
    public GodwitBrokerBuilder AddPublishInterceptor<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, IPublishInterceptor => Add<IPublishInterceptor, T>();

    /// <summary>Sees and limits subscriptions.</summary>
    public GodwitBrokerBuilder AddSubscribeInterceptor<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, ISubscribeInterceptor => Add<ISubscribeInterceptor, T>();

    /// <summary>Sees and withholds deliveries.</summary>
    public GodwitBrokerBuilder AddDeliveryInterceptor<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, IDeliveryInterceptor => Add<IDeliveryInterceptor, T>();

    /// <summary>Hears of connections.</summary>
    public GodwitBrokerBuilder AddConnectionObserver<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, IConnectionObserver => Add<IConnectionObserver, T>();

    /// <summary>Hears of sessions.</summary>
    public GodwitBrokerBuilder AddSessionObserver<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, ISessionObserver => Add<ISessionObserver, T>();

    private GodwitBrokerBuilder Add<THook, [DynamicallyAccessedMembers(Constructors)] T>()
        where THook : class
        where T : class, THook
    {
        Services.AddSingleton<THook, T>();
        return this;
    }
}
