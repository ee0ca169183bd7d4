namespace Godwit.Engine;

/// <summary>The engine found its own state broken. A bug of ours: the driver closes what it concerns, or stops the process.</summary>
public sealed class InvariantBrokenException : Exception
{
    /// <summary>Creates the exception.</summary>
    public InvariantBrokenException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What should have held.</param>
    public InvariantBrokenException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What should have held.</param>
    /// <param name="innerException">What led there.</param>
    public InvariantBrokenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
