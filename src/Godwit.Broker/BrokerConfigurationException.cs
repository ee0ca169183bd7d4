namespace Godwit.Broker;

/// <summary>The settings do not fit. Each line of the message names a setting, its value and what is allowed.</summary>
public sealed class BrokerConfigurationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public BrokerConfigurationException()
        : this([])
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    public BrokerConfigurationException(string message)
        : this([message])
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">What led there.</param>
    public BrokerConfigurationException(string message, Exception innerException)
        : base(message, innerException) => Errors = [message];

    /// <summary>Creates the exception.</summary>
    /// <param name="errors">All that is wrong, one sentence each.</param>
    public BrokerConfigurationException(IReadOnlyList<string> errors)
        : base(string.Join(Environment.NewLine, errors)) => Errors = errors;

    /// <summary>All that is wrong, one sentence each.</summary>
    public IReadOnlyList<string> Errors { get; }
}
