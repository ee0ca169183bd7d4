namespace Godwit.Broker.Options;

/// <summary>One address on which the broker listens.</summary>
public sealed record ListenerOptions
{
    /// <summary>The default listener.</summary>
    public const string DefaultUrl = "mqtt://127.0.0.1:1883";

    /// <summary><c>mqtt://HOST:PORT</c>; host is an IPv4 address, an IPv6 address in brackets, a name or <c>*</c> for every address; port 1 to 65,535 (default 1883), 0 for a free one.</summary>
    public string Url { get; init; } = DefaultUrl;

    /// <summary>True (default): the standard's letter. False: faults of clients that are common in the field and harmless are tolerated and counted.</summary>
    public bool Strict { get; init; } = true;
}
