namespace Godwit.Broker.Options;

/// <summary>How many connections are let in. Beyond, a connection is closed as soon as it is accepted.</summary>
public sealed record AcceptLimits
{
    /// <summary>The value that stands for <c>unlimited</c>.</summary>
    public const int Unlimited = int.MaxValue;

    /// <summary>Connections in all, 1 to 10,000,000. Default 100,000: some 250 MB of idle connections; lowered at start to what the process may open.</summary>
    public int ConnectionsMax { get; init; } = 100_000;

    /// <summary>Connections of one address (IPv6: of one /64 network), 1 to 10,000,000, or <see cref="Unlimited"/>. Default 20,000: a gateway or NAT in front of many devices fits, and one host cannot take more than a fifth of <see cref="ConnectionsMax"/>.</summary>
    public int ConnectionsPerAddressMax { get; init; } = 20_000;
}
