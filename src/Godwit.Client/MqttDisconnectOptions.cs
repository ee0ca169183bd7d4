using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>What a DISCONNECT says (section 3.14). Before 5.0 it says nothing, and only the defaults are allowed.</summary>
public sealed record MqttDisconnectOptions
{
    /// <summary>
    /// <see cref="ReasonCode.Success"/>, <see cref="ReasonCode.DisconnectWithWillMessage"/> to have the will published, or a failure that
    /// a client may send (section 3.14.2.1).
    /// </summary>
    public ReasonCode Reason { get; init; }

    /// <summary>Seconds that replace <see cref="MqttClientOptions.SessionExpiryInterval"/>, if that was not 0; null leaves it.</summary>
    public uint? SessionExpiryInterval { get; init; }

    /// <summary>What people may read in the server's log, or null. Left out where the packet would be too large for the server.</summary>
    public string? ReasonString { get; init; }

    /// <summary>User Properties. Left out where the packet would be too large for the server.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];
}
