using Godwit.Protocol;

namespace Godwit.Engine.Access;

/// <summary>Everyone may do everything.</summary>
public sealed class AllowAllPolicy : IAccessPolicy
{
    /// <summary>The one instance.</summary>
    public static readonly AllowAllPolicy Instance = new();

    private AllowAllPolicy()
    {
    }

    /// <inheritdoc/>
    public bool AllowsEverything => true;

    /// <inheritdoc/>
    public ReasonCode AuthorizeConnect(in ConnectRequest request) => ReasonCode.Success;

    /// <inheritdoc/>
    public bool AuthorizePublish(ReadOnlySpan<byte> client, ReadOnlySpan<byte> topic, QualityOfService qos, bool retain) => true;

    /// <inheritdoc/>
    public bool AuthorizeSubscribe(ReadOnlySpan<byte> client, ReadOnlySpan<byte> filter, QualityOfService qos) => true;

    /// <inheritdoc/>
    public bool AuthorizeReceive(ReadOnlySpan<byte> client, ReadOnlySpan<byte> topic) => true;
}
