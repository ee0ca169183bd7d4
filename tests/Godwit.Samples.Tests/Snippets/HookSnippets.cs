using Godwit.Broker;
using Godwit.Broker.Hooks;
using Godwit.Broker.Hosting;
using Godwit.Protocol;
using Microsoft.Extensions.Hosting;

namespace Godwit.Samples.Tests.Snippets;

/// <summary>Stands for a database that answers later.</summary>
internal sealed class UserDirectory
{
    private readonly (string? Name, string? Password) _known = ("anna", "secret");

    public async Task<bool> KnowsAsync(string? name, string? password, CancellationToken cancellation)
    {
        await Task.Delay(1, cancellation);
        return (name, password) == _known;
    }
}

// snippet: authenticator
internal sealed class Doorkeeper(UserDirectory users) : IAuthenticator
{
    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationContext context, CancellationToken cancellation) =>
        await users.KnowsAsync(context.Client.UserName, context.GetPasswordText(), cancellation)
            ? AuthenticationResult.Allow()
            : AuthenticationResult.Deny();
}
// end

// snippet: authorizer
internal sealed class OwnTopics : IAuthorizer
{
    public ValueTask<AuthorizationResult> AuthorizeAsync(AuthorizationContext context, CancellationToken cancellation)
    {
        // A user of the name "+" or "#" would own everybody's topics.
        var isOwn = context.Client.UserName is { Length: > 0 } name
            && name.AsSpan().IndexOfAny("+#/") < 0
            && context.Topic.StartsWith($"{name}/", StringComparison.Ordinal);
        return ValueTask.FromResult(isOwn ? AuthorizationResult.Allow : AuthorizationResult.Deny);
    }
}
// end

// snippet: interceptor
internal sealed class Stamp : IPublishInterceptor
{
    public ValueTask<PublishDecision> InterceptAsync(PublishContext context, CancellationToken cancellation)
    {
        var message = context.Message;
        return ValueTask.FromResult(message.Payload.Length > 1024
            ? PublishDecision.Refuse(ReasonCode.QuotaExceeded)
            : PublishDecision.Replace(message with { UserProperties = [.. message.UserProperties, new("publisher", context.Client.ClientId)] }));
    }
}
// end

// snippet: observer
internal sealed class Diary : IConnectionObserver
{
    public ValueTask ConnectedAsync(ClientConnected connected, CancellationToken cancellation)
    {
        Console.WriteLine($"{connected.ClientId} from {connected.RemoteAddress}");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisconnectedAsync(ClientDisconnected disconnected, CancellationToken cancellation)
    {
        Console.WriteLine($"{disconnected.ClientId}: {disconnected.Cause}");
        return ValueTask.CompletedTask;
    }
}
// end

// snippet: service
internal sealed class Greeter(EmbeddedBroker broker) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken) =>
        await broker.PublishAsync(BrokerMessage.FromText("anna/greeting", "hello", QualityOfService.AtLeastOnce, retain: true), stoppingToken);
}
// end
