using Godwit.Protocol;

namespace Godwit.Engine.Access;

/// <summary>Answers what a client may do. Called on the owning loop; must answer at once and must not block.</summary>
public interface IAccessPolicy
{
    /// <summary>True when every question is answered with yes: the engine then does not ask at all.</summary>
    bool AllowsEverything { get; }

    /// <summary>May this client connect? <see cref="ReasonCode.Success"/> or the CONNACK reason code of the refusal.</summary>
    ReasonCode AuthorizeConnect(in ConnectRequest request);

    /// <summary>May <paramref name="client"/> publish to <paramref name="topic"/> (also asked for its will)?</summary>
    bool AuthorizePublish(ReadOnlySpan<byte> client, ReadOnlySpan<byte> topic, QualityOfService qos, bool retain);

    /// <summary>May <paramref name="client"/> subscribe to <paramref name="filter"/> (for a shared subscription the filter behind the share name)?</summary>
    bool AuthorizeSubscribe(ReadOnlySpan<byte> client, ReadOnlySpan<byte> filter, QualityOfService qos);

    /// <summary>May a message with <paramref name="topic"/> be delivered to <paramref name="client"/>?</summary>
    bool AuthorizeReceive(ReadOnlySpan<byte> client, ReadOnlySpan<byte> topic);
}
