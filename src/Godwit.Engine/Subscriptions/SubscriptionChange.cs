using Godwit.Engine.Journals;

namespace Godwit.Engine.Subscriptions;

/// <summary>
/// A SUBSCRIBE whose place among the records of a journal is known when its batch is committed: what was routed before it
/// lies before that place also when it was not committed yet, and has gone the way of the earlier options.
/// </summary>
internal sealed record SubscriptionChange(Subscription Subscription, Cursor Cursor, CursorChange Kind, EarlierOptions? Earlier);
