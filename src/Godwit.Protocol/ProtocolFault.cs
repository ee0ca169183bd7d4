namespace Godwit.Protocol;

/// <summary>What a peer did wrong: bad input is a value, never an exception. The default value means no fault.</summary>
/// <param name="Reason">The reason code of 5.0 for it, usable in CONNACK or DISCONNECT; for older versions a class for logs and counters.</param>
/// <param name="Statement">
/// Id of the broken conformance statement, without brackets, in the numbering of the version in use (3.1 borrows that of 3.1.1).
/// Faults without a number of their own carry "MQTT-4.13.1-1" (5.0) or "MQTT-4.8.0-1" (3.1.1), which demand that the connection closes.
/// </param>
/// <param name="Detail">A short English sentence part for logs and reason strings. Constant text: it never holds the peer's bytes.</param>
public readonly record struct ProtocolFault(ReasonCode Reason, string Statement, string Detail)
{
    /// <summary>No fault.</summary>
    public static ProtocolFault None => default;

    /// <summary>True for <see cref="None"/>.</summary>
    public bool IsNone => Statement is null;
}
