using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>Something that MQTT itself refuses: by the server's reason code, or by a rule that the client checks before it sends.</summary>
public class MqttException : Exception
{
    /// <summary>An error without a reason code.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What caused it.</param>
    public MqttException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>An error with its reason code.</summary>
    /// <param name="reasonCode">The reason.</param>
    /// <param name="message">What happened.</param>
    public MqttException(ReasonCode reasonCode, string message)
        : base(message) => ReasonCode = reasonCode;

    /// <summary>The reason code, from the server or as the standard classes the fault; null where there is none, such as a broken connection.</summary>
    public ReasonCode? ReasonCode { get; protected init; }

    /// <summary>What the server says about it to people, or null. 5.0 only.</summary>
    public string? ReasonString { get; init; }

    internal static string InWords(string what, ReasonCode reason, string? reasonString) => string.IsNullOrEmpty(reasonString)
        ? $"{what}: {reason.Describe()} (0x{(byte)reason:X2})"
        : $"{what}: {reason.Describe()} (0x{(byte)reason:X2}): {reasonString}";
}
