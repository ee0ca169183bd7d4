using Godwit.Engine.Messages;

namespace Godwit.Engine.Sessions;

/// <summary>A client's last will (§3.1.2.5): kept until it is published or a DISCONNECT 0x00 deletes it.</summary>
/// <param name="Message">The message, its expiry not yet running.</param>
/// <param name="DelayMilliseconds">Will Delay Interval (§3.1.3.2.2).</param>
/// <param name="ExpirySeconds">Message Expiry Interval, counted from the publication; null for none.</param>
internal sealed record Will(Message Message, long DelayMilliseconds, uint? ExpirySeconds);
