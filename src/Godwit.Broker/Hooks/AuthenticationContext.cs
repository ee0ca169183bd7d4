namespace Godwit.Broker.Hooks;

/// <summary>A client that wants to connect.</summary>
/// <param name="Client">Who it says it is.</param>
/// <param name="Password">The Password of CONNECT, or null; any bytes.</param>
public sealed record AuthenticationContext(ClientContext Client, ReadOnlyMemory<byte>? Password)
{
    /// <summary>The password read as UTF-8, or null.</summary>
    public string? GetPasswordText() => Password is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes.Span) : null;

    /// <summary>Names the client; the password is not told.</summary>
    public override string ToString() => Client.ToString();
}
