namespace Godwit.Conformance.Running;

/// <summary>How a check ended.</summary>
public enum CheckOutcome
{
    /// <summary>The broker did what the standard asks for.</summary>
    Passed,

    /// <summary>It did something else.</summary>
    Failed,

    /// <summary>The check cannot be made with this broker.</summary>
    NotApplicable,
}
