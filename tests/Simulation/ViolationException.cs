namespace Godwit.Simulation;

/// <summary>The broker did what the model forbids, or not what it demands.</summary>
public sealed class ViolationException : Exception
{
    /// <summary>With no text.</summary>
    public ViolationException()
    {
    }

    /// <summary>With what happened.</summary>
    public ViolationException(string message)
        : base(message)
    {
    }

    /// <summary>With what happened and a cause.</summary>
    public ViolationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
