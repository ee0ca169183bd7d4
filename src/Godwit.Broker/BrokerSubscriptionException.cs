using Godwit.Protocol;

namespace Godwit.Broker;

/// <summary>The broker refused a subscription of its own process.</summary>
public sealed class BrokerSubscriptionException : Exception
{
    /// <summary>With the default message.</summary>
    public BrokerSubscriptionException()
        : this("The subscription was refused.")
    {
    }

    /// <summary>With a message of its own.</summary>
    public BrokerSubscriptionException(string message)
        : base(message)
    {
    }

    /// <summary>With a cause.</summary>
    public BrokerSubscriptionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal BrokerSubscriptionException(string topicFilter, ReasonCode reason)
        : base($"Subscribing to '{topicFilter}' was refused: {reason.Describe()}.") => Reason = reason;

    /// <summary>The reason code of SUBACK.</summary>
    public ReasonCode Reason { get; } = ReasonCode.UnspecifiedError;
}
