using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>How a publication ended. Refusals (0x80 and above) do not come as a result but as an <see cref="MqttException"/>.</summary>
public readonly struct PublishResult : IEquatable<PublishResult>
{
    private readonly IReadOnlyList<MqttUserProperty>? _userProperties;

    internal PublishResult(ReasonCode reason, string? reasonString, IReadOnlyList<MqttUserProperty>? userProperties)
    {
        Reason = reason;
        ReasonString = reasonString;
        _userProperties = userProperties;
    }

    /// <summary>
    /// <see cref="ReasonCode.Success"/>, or <see cref="ReasonCode.NoMatchingSubscribers"/> from a 5.0 server at QoS 1 and 2. Success at
    /// QoS 0 says that the message is in the connection's output, not that the server has it.
    /// </summary>
    public ReasonCode Reason { get; }

    /// <summary>What the server says about it to people, or null. 5.0 only.</summary>
    public string? ReasonString { get; }

    /// <summary>User Properties of the PUBACK or PUBREC. 5.0 only.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties => _userProperties ?? [];

    /// <summary>True if both results are the same.</summary>
    public static bool operator ==(PublishResult left, PublishResult right) => left.Equals(right);

    /// <summary>True if the results differ.</summary>
    public static bool operator !=(PublishResult left, PublishResult right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(PublishResult other) =>
        Reason == other.Reason && ReasonString == other.ReasonString && UserProperties.SequenceEqual(other.UserProperties);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PublishResult other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Reason, ReasonString);

    /// <summary>The reason in words.</summary>
    public override string ToString() => Reason.Describe();
}
