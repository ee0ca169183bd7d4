using Godwit.Broker;
using Godwit.Broker.Hooks;
using Godwit.Broker.Hosting;
using Godwit.Broker.Options;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a broker to a .NET host.</summary>
public static class GodwitServiceCollectionExtensions
{
    /// <summary>
    /// Adds one broker, which starts and stops with the host. Inject <see cref="EmbeddedBroker"/> to publish and subscribe. Settings
    /// that are not allowed stop the host at its start with a <see cref="BrokerConfigurationException"/> that names each.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configuration">Settings as in <c>docs/configuration.md</c>, for example <c>builder.Configuration.GetSection("Godwit")</c>; null: the defaults.</param>
    /// <param name="configure">Changes what was read: <c>options => options with { ... }</c>.</param>
    /// <exception cref="InvalidOperationException">The host has a broker already; start others by <see cref="GodwitBroker.StartAsync"/>.</exception>
    public static GodwitBrokerBuilder AddGodwitBroker(
        this IServiceCollection services, IConfiguration? configuration = null, Func<BrokerOptions, BrokerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(each => each.ServiceType == typeof(EmbeddedBroker)))
        {
            throw new InvalidOperationException("AddGodwitBroker was called before: a host has one broker. Start others by GodwitBroker.StartAsync.");
        }

        services.AddLogging();
        services.AddSingleton(provider => new EmbeddedBroker(
            () => Options(provider, configuration, configure),
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<IHostApplicationLifetime>()));
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddedBroker>());
        return new GodwitBrokerBuilder(services);
    }

    private static BrokerOptions Options(IServiceProvider provider, IConfiguration? configuration, Func<BrokerOptions, BrokerOptions>? configure)
    {
        var options = configuration is null ? new BrokerOptions() : BrokerSettings.Read(configuration);
        options = configure?.Invoke(options) ?? options;
        var hooks = options.Hooks;
        return options with
        {
            Hooks = hooks with
            {
                Authenticators = [.. hooks.Authenticators, .. provider.GetServices<IAuthenticator>()],
                Authorizers = [.. hooks.Authorizers, .. provider.GetServices<IAuthorizer>()],
                PublishInterceptors = [.. hooks.PublishInterceptors, .. provider.GetServices<IPublishInterceptor>()],
                SubscribeInterceptors = [.. hooks.SubscribeInterceptors, .. provider.GetServices<ISubscribeInterceptor>()],
                DeliveryInterceptors = [.. hooks.DeliveryInterceptors, .. provider.GetServices<IDeliveryInterceptor>()],
                ConnectionObservers = [.. hooks.ConnectionObservers, .. provider.GetServices<IConnectionObserver>()],
                SessionObservers = [.. hooks.SessionObservers, .. provider.GetServices<ISessionObserver>()],
            },
        };
    }
}
