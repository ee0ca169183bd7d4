namespace Godwit.Load;

/// <summary>A run cannot go on: the broker refused, closed or never answered, or the machine lacks something.</summary>
/// <param name="failure">The kind of failure.</param>
/// <param name="message">What happened.</param>
/// <param name="reasonCode">What the broker gave as reason, if it did.</param>
public sealed class LoadException(LoadFailure failure, string message, byte? reasonCode = null) : Exception(message)
{
    /// <summary>The kind of failure.</summary>
    public LoadFailure Failure { get; } = failure;

    /// <summary>The broker's reason code of 5.0, section 2.4; for a return code of 3.1.1 the one that means the same. Null when it gave none.</summary>
    public byte? ReasonCode { get; } = reasonCode;
}
