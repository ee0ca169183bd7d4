namespace Godwit.Engine.Access;

/// <summary>Who knocks: the facts of a CONNECT on which the decision rests.</summary>
public readonly ref struct ConnectRequest
{
    /// <summary>The Client Identifier, assigned by the broker where the client sent none.</summary>
    public ReadOnlySpan<byte> ClientIdentifier { get; init; }

    /// <summary>The User Name; meaningful when <see cref="HasUserName"/>.</summary>
    public ReadOnlySpan<byte> UserName { get; init; }

    /// <summary>The Password; meaningful when <see cref="HasPassword"/>.</summary>
    public ReadOnlySpan<byte> Password { get; init; }

    /// <summary>True when CONNECT had a User Name.</summary>
    public bool HasUserName { get; init; }

    /// <summary>True when CONNECT had a Password.</summary>
    public bool HasPassword { get; init; }

    /// <summary>The peer's address.</summary>
    public string RemoteAddress { get; init; }

    /// <summary>The listener that accepted the connection.</summary>
    public ListenerProfile Listener { get; init; }
}
