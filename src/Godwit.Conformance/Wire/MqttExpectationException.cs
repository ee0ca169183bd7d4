namespace Godwit.Conformance.Wire;

/// <summary>The broker did something else than the test expects, or nothing within the time limit.</summary>
public sealed class MqttExpectationException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="MqttExpectationException"/> class.</summary>
    public MqttExpectationException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="MqttExpectationException"/> class with what was expected and what came.</summary>
    public MqttExpectationException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="MqttExpectationException"/> class with what was expected, what came, and why.</summary>
    public MqttExpectationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
