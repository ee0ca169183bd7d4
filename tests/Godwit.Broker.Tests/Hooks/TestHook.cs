using System.Collections.Concurrent;
using Godwit.Broker.Hooks;

namespace Godwit.Broker.Tests.Hooks;

/// <summary>A hook of every kind whose answers the test writes down; with <see cref="IsLate"/> they come from another thread.</summary>
internal sealed class TestHook : IAuthenticator, IAuthorizer, IPublishInterceptor, ISubscribeInterceptor, IDeliveryInterceptor, IConnectionObserver, ISessionObserver
{
    private int _asked;

    public bool IsLate { get; init; }

    public AccessAction Actions { get; init; } = AccessAction.Publish | AccessAction.Subscribe;

    public Func<AuthenticationContext, AuthenticationResult> OnAuthenticate { get; init; } = _ => AuthenticationResult.Allow();

    public Func<AuthorizationContext, AuthorizationResult> OnAuthorize { get; init; } = _ => AuthorizationResult.Allow;

    public Func<PublishContext, PublishDecision> OnPublish { get; init; } = _ => PublishDecision.Continue;

    public Func<SubscribeContext, SubscribeDecision> OnSubscribe { get; init; } = _ => SubscribeDecision.Continue;

    public Func<DeliveryContext, DeliveryDecision> OnDeliver { get; init; } = _ => DeliveryDecision.Deliver;

    public ConcurrentQueue<string> Events { get; } = new();

    public int AskedCount => _asked;

    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationContext context, CancellationToken cancellation) => AnswerAsync(() => OnAuthenticate(context));

    public ValueTask<AuthorizationResult> AuthorizeAsync(AuthorizationContext context, CancellationToken cancellation) => AnswerAsync(() => OnAuthorize(context));

    ValueTask<PublishDecision> IPublishInterceptor.InterceptAsync(PublishContext context, CancellationToken cancellation) => AnswerAsync(() => OnPublish(context));

    ValueTask<SubscribeDecision> ISubscribeInterceptor.InterceptAsync(SubscribeContext context, CancellationToken cancellation) => AnswerAsync(() => OnSubscribe(context));

    ValueTask<DeliveryDecision> IDeliveryInterceptor.InterceptAsync(DeliveryContext context, CancellationToken cancellation) => AnswerAsync(() => OnDeliver(context));

    public ValueTask ConnectedAsync(ClientConnected connected, CancellationToken cancellation) => Note($"connected {connected.ClientId} {connected.SessionPresent}");

    public ValueTask DisconnectedAsync(ClientDisconnected disconnected, CancellationToken cancellation) => Note($"disconnected {disconnected.ClientId} {disconnected.Cause}");

    public ValueTask StartedAsync(SessionStarted started, CancellationToken cancellation) => Note($"session started {started.ClientId}");

    public ValueTask EndedAsync(SessionEnded ended, CancellationToken cancellation) => Note($"session ended {ended.ClientId}");

    private async ValueTask Note(string what)
    {
        if (IsLate)
        {
            await Task.Yield();
        }

        Events.Enqueue(what);
    }

    private ValueTask<T> AnswerAsync<T>(Func<T> answer)
    {
        Interlocked.Increment(ref _asked);
        return IsLate ? new ValueTask<T>(Task.Run(answer)) : new ValueTask<T>(answer());
    }
}
