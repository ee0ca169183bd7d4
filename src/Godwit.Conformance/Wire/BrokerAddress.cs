namespace Godwit.Conformance.Wire;

/// <summary>Where a broker listens, and how patient its clients are.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">TCP port.</param>
/// <param name="Patience">How long a client waits for one event that has to happen: a packet, a close.</param>
public sealed record BrokerAddress(string Host, int Port, TimeSpan Patience)
{
    /// <summary>What to add to the message when the broker does not answer, for example its log; null for nothing.</summary>
    public Func<string>? Diagnostics { get; init; }

    /// <summary>Where clients write down what goes over the wire; null: nowhere.</summary>
    public TranscriptBook? Transcript { get; init; }

    /// <summary>The address as a URL.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"mqtt://[{Host}]:{Port}" : $"mqtt://{Host}:{Port}";
}
