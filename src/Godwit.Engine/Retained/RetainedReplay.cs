using Godwit.Engine.Messages;
using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Retained;

/// <summary>
/// The retained messages that a subscription still has to be sent: a position in the sorted topics, not a copy. It is paced
/// by the client's window and goes on after a reconnect.
/// </summary>
internal sealed class RetainedReplay(Subscription subscription, long fence)
{
    private Message? _position;

    public Subscription Subscription { get; } = subscription;

    /// <summary>What was set later comes as a live message.</summary>
    public long Fence { get; } = fence;

    public ref Message? Position => ref _position;
}
