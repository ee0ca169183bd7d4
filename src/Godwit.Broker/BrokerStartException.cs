namespace Godwit.Broker;

/// <summary>The broker could not start because of its environment, for example an address in use. The message says what to do.</summary>
public sealed class BrokerStartException : Exception
{
    /// <summary>Creates the exception.</summary>
    public BrokerStartException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what to do.</param>
    public BrokerStartException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What failed and what to do.</param>
    /// <param name="innerException">What led there.</param>
    public BrokerStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
