using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Delivery;

/// <summary>One of the subscriptions through which a publish reaches a session, and the place of the next one.</summary>
internal readonly record struct DeliveryLink(Subscription Subscription, int Next);
