using System.Text;

namespace Godwit.Client;

/// <summary>User name and password of a CONNECT (sections 3.1.3.5 and 3.1.3.6).</summary>
public sealed record MqttCredentials
{
    /// <summary>A user name with a password that is text.</summary>
    /// <param name="userName">The user name, or null for a password alone (5.0 only).</param>
    /// <param name="password">The password, sent as UTF-8; null for none.</param>
    public MqttCredentials(string? userName, string? password)
    {
        UserName = userName;
        Password = password is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(password);
    }

    /// <summary>A user name with a password of any bytes, for example a token.</summary>
    /// <param name="userName">The user name, or null for a password alone (5.0 only).</param>
    /// <param name="password">At most 65,535 bytes; not copied.</param>
    public MqttCredentials(string? userName, ReadOnlyMemory<byte> password)
    {
        UserName = userName;
        Password = password;
    }

    /// <summary>The user name, or null.</summary>
    public string? UserName { get; }

    /// <summary>The password, or null.</summary>
    public ReadOnlyMemory<byte>? Password { get; }

    /// <summary>The user name; never the password.</summary>
    public override string ToString() => UserName ?? "(no user name)";
}
