namespace Godwit.Engine.Delivery;

/// <summary>What became of a publish.</summary>
/// <param name="HasSubscribers">Some subscription matched; otherwise a 5.0 publisher hears 0x10 (§3.4.2.1).</param>
/// <param name="AwaitsCommit">The acknowledgement has to wait for the open batch.</param>
/// <param name="StoreIsFull">It would have had to be stored, and there is no room: nobody gets it.</param>
internal readonly record struct RouteOutcome(bool HasSubscribers, bool AwaitsCommit, bool StoreIsFull = false);
