using Godwit.Protocol;

namespace Godwit.Engine.Subscriptions;

/// <summary>Options of a subscription before it was replaced; they hold for records below <see cref="EndIndex"/> and not below an earlier end. A list, oldest first.</summary>
internal sealed record EarlierOptions(SubscriptionOptions Options, uint Identifier)
{
    /// <summary><see cref="long.MaxValue"/> until the SUBSCRIBE that replaced them is committed.</summary>
    public long EndIndex { get; set; } = long.MaxValue;

    public EarlierOptions? Next { get; set; }
}
