using System.Text;
using Godwit.Broker.InProcess;
using Godwit.Engine;
using Godwit.Engine.Access;
using Godwit.Protocol;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Hooks;

/// <summary>Puts the engine's questions to the hooks: copies what they are to see, runs them, and turns failure and delay into a no.</summary>
internal sealed class HookPolicy : IAccessPolicy
{
    private readonly BrokerHooks _hooks;
    private readonly HookRunner _runner;
    private readonly AccessAction _authorized;
    private BrokerCore? _core;

    public HookPolicy(BrokerHooks hooks, ILogger logger)
    {
        _hooks = hooks;
        _runner = new HookRunner(hooks.Timeout, logger);
        foreach (var authorizer in hooks.Authorizers)
        {
            _authorized |= authorizer.Actions;
        }

        Scope = ScopeOf(hooks, _authorized);
    }

    public AccessScope Scope { get; }

    /// <summary>Where late answers go. Before the first question.</summary>
    public void Attach(BrokerCore core) => _core = core;

    public AccessDecision DecideConnect(AccessQuestion question, in ConnectRequest request)
    {
        var client = new ClientContext(in request, question.Connection);
        question.Connection.Identity = client;
        var packet = request.Packet;
        ReadOnlyMemory<byte>? password = packet.HasPassword ? packet.Password.ToArray() : null;
        var will = packet.HasWill ? MessageCodec.ReadWill(in packet) : null;
        var task = _runner.RunAsync(cancellation => ConnectAsync(new AuthenticationContext(client, password), will, cancellation));
        return Settle(question, client, task, ReasonCode.ServerUnavailable);
    }

    public AccessDecision DecidePublish(AccessQuestion question, in MessageView message)
    {
        var context = new PublishContext(ClientOf(question), MessageCodec.Read(in message), IsWill: false);
        return Settle(question, context.Client, _runner.RunAsync(cancellation => PublishAsync(context, cancellation)));
    }

    public AccessDecision DecideSubscribe(AccessQuestion question, in SubscribePacket packet)
    {
        var client = ClientOf(question);
        var items = new List<SubscribeContext?>();
        foreach (var item in packet)
        {
            items.Add(Read(client, in item));
        }

        return Settle(question, client, _runner.RunAsync(cancellation => SubscribeAsync(items, cancellation)));
    }

    public AccessDecision DecideReceive(AccessQuestion question, in MessageView message)
    {
        var context = new DeliveryContext(ClientOf(question), MessageCodec.Read(in message), Encoding.UTF8.GetString(message.Publisher));
        return Settle(question, context.Client, _runner.RunAsync(cancellation => DeliverAsync(context, cancellation)));
    }

    private static AccessScope ScopeOf(BrokerHooks hooks, AccessAction authorized)
    {
        var scope = AccessScope.None;
        if ((authorized & AccessAction.Publish) != 0 || hooks.PublishInterceptors.Count > 0)
        {
            scope |= AccessScope.Publish;
        }

        if ((authorized & AccessAction.Subscribe) != 0 || hooks.SubscribeInterceptors.Count > 0)
        {
            scope |= AccessScope.Subscribe;
        }

        if ((authorized & AccessAction.Receive) != 0 || hooks.DeliveryInterceptors.Count > 0)
        {
            scope |= AccessScope.Receive;
        }

        // All others need to know the client, whom CONNECT introduces.
        return scope != AccessScope.None || hooks.Authenticators.Count > 0 ? scope | AccessScope.Connect : scope;
    }

    private static ClientContext ClientOf(AccessQuestion question) => (ClientContext)question.Connection.Identity!;

    private static SubscribeContext? Read(ClientContext client, scoped in SubscribeItem item)
    {
        var kind = SharedFilter.TryParse(item.Filter, out var shareName, out var inner);
        if (kind == SharedFilterKind.Invalid)
        {
            return null; // the engine refuses it
        }

        bool isShared = kind == SharedFilterKind.Valid;
        var filter = isShared ? inner : item.Filter;
        return new SubscribeContext(
            client, Encoding.UTF8.GetString(filter), isShared ? Encoding.UTF8.GetString(shareName) : null, item.Options);
    }

    // What is known now is answered now; the rest when it is known.
    private AccessDecision Settle(
        AccessQuestion question, ClientContext client, ValueTask<AccessDecision> task, ReasonCode failure = ReasonCode.UnspecifiedError)
    {
        if (task.IsCompleted)
        {
            return _runner.Result(task, client, failure);
        }

        _ = AnswerLaterAsync(question, client, task.AsTask(), failure);
        return AccessDecision.Later;
    }

    private async Task AnswerLaterAsync(AccessQuestion question, ClientContext client, Task<AccessDecision> task, ReasonCode failure) =>
        _core!.Answer(question, await _runner.ResultAsync(task, client, failure).ConfigureAwait(false));

    private async ValueTask<AccessDecision> ConnectAsync(AuthenticationContext context, BrokerMessage? will, CancellationToken cancellation)
    {
        var client = context.Client;
        if (_hooks.Authenticators.Count > 0)
        {
            var result = AuthenticationResult.Next;
            foreach (var authenticator in _hooks.Authenticators)
            {
                result = await authenticator.AuthenticateAsync(context, cancellation).ConfigureAwait(false);
                if (result.Reason is not null)
                {
                    break;
                }
            }

            var reason = result.Reason ?? ReasonCode.BadUserNameOrPassword;
            if (reason.IsFailure())
            {
                return AccessDecision.Refused(reason);
            }

            client.UserName = result.UserName ?? client.UserName;
        }

        return will is null
            ? AccessDecision.Allowed
            : await PublishAsync(new PublishContext(client, will, IsWill: true), cancellation).ConfigureAwait(false);
    }

    private async ValueTask<AccessDecision> PublishAsync(PublishContext context, CancellationToken cancellation)
    {
        var message = context.Message;
        if (!await IsAllowedAsync(new AuthorizationContext(context.Client, AccessAction.Publish, message.Topic, message.QoS, message.Retain), cancellation).ConfigureAwait(false))
        {
            return AccessDecision.NotAuthorized;
        }

        foreach (var interceptor in _hooks.PublishInterceptors)
        {
            var decision = await interceptor.InterceptAsync(context, cancellation).ConfigureAwait(false);
            if (decision.Reason.IsFailure())
            {
                return AccessDecision.Refused(decision.Reason);
            }

            if (decision.IsDiscarded)
            {
                return AccessDecision.Discarded;
            }

            if (decision.Message is { } replacement)
            {
                context = context with { Message = replacement };
            }
        }

        return ReferenceEquals(context.Message, message) ? AccessDecision.Allowed : AccessDecision.Changed(MessageCodec.ToChange(context.Message));
    }

    private async ValueTask<AccessDecision> SubscribeAsync(List<SubscribeContext?> items, CancellationToken cancellation)
    {
        var grants = new ReasonCode[items.Count];
        for (int i = 0; i < grants.Length; i++)
        {
            grants[i] = items[i] is { } item ? await SubscribeAsync(item, cancellation).ConfigureAwait(false) : ReasonCode.TopicFilterInvalid;
        }

        return AccessDecision.Granted(grants);
    }

    private async ValueTask<ReasonCode> SubscribeAsync(SubscribeContext item, CancellationToken cancellation)
    {
        var question = new AuthorizationContext(item.Client, AccessAction.Subscribe, item.TopicFilter, item.Options.MaximumQoS, Retain: false, item.ShareName);
        if (!await IsAllowedAsync(question, cancellation).ConfigureAwait(false))
        {
            return ReasonCode.NotAuthorized;
        }

        var granted = ReasonCode.GrantedQoS2;
        foreach (var interceptor in _hooks.SubscribeInterceptors)
        {
            var decision = await interceptor.InterceptAsync(item, cancellation).ConfigureAwait(false);
            if (decision.Grant.IsFailure())
            {
                return decision.Grant;
            }

            granted = decision.Grant < granted ? decision.Grant : granted;
        }

        return granted;
    }

    private async ValueTask<AccessDecision> DeliverAsync(DeliveryContext context, CancellationToken cancellation)
    {
        var message = context.Message;
        if (!await IsAllowedAsync(new AuthorizationContext(context.Client, AccessAction.Receive, message.Topic, message.QoS, message.Retain), cancellation).ConfigureAwait(false))
        {
            return AccessDecision.NotAuthorized;
        }

        foreach (var interceptor in _hooks.DeliveryInterceptors)
        {
            if (await interceptor.InterceptAsync(context, cancellation).ConfigureAwait(false) != DeliveryDecision.Deliver)
            {
                return AccessDecision.Discarded;
            }
        }

        return AccessDecision.Allowed;
    }

    private async ValueTask<bool> IsAllowedAsync(AuthorizationContext question, CancellationToken cancellation)
    {
        if ((_authorized & question.Action) == 0)
        {
            return true;
        }

        foreach (var authorizer in _hooks.Authorizers)
        {
            if ((authorizer.Actions & question.Action) == 0)
            {
                continue;
            }

            switch (await authorizer.AuthorizeAsync(question, cancellation).ConfigureAwait(false))
            {
                case AuthorizationResult.Allow:
                    return true;
                case AuthorizationResult.Next:
                    continue;
                default:
                    return false;
            }
        }

        return false;
    }
}
