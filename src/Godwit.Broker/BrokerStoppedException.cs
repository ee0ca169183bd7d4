namespace Godwit.Broker;

/// <summary>The broker has stopped, so what was asked of it will not happen.</summary>
public sealed class BrokerStoppedException : Exception
{
    /// <summary>With the default message.</summary>
    public BrokerStoppedException()
        : base("The broker has stopped.")
    {
    }

    /// <summary>With a message of its own.</summary>
    public BrokerStoppedException(string message)
        : base(message)
    {
    }

    /// <summary>With a cause.</summary>
    public BrokerStoppedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
