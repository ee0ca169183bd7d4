namespace Godwit.Conformance;

/// <summary>The check cannot be made with this broker, for example since it says that it does not offer the feature.</summary>
public sealed class NotApplicableException : Exception
{
    /// <summary>With no reason.</summary>
    public NotApplicableException()
    {
    }

    /// <summary>With the reason.</summary>
    public NotApplicableException(string message)
        : base(message)
    {
    }

    /// <summary>With the reason and a cause.</summary>
    public NotApplicableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
