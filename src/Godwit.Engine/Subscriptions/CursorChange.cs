namespace Godwit.Engine.Subscriptions;

/// <summary>What a SUBSCRIBE does to the cursor behind its subscription.</summary>
internal enum CursorChange : byte
{
    /// <summary>It reads on.</summary>
    None,

    /// <summary>It is new.</summary>
    Starts,

    /// <summary>The subscription was lowered to QoS 0.</summary>
    Ends,

    /// <summary>The subscription is above QoS 0 again, and what had been queued before is not all read.</summary>
    GoesOn,
}
