namespace Godwit.Conformance;

/// <summary>User name and password with which the checks connect.</summary>
/// <param name="UserName">The user name.</param>
/// <param name="Password">The password, or null.</param>
public sealed record CheckCredentials(string UserName, string? Password)
{
    /// <summary>The user name alone.</summary>
    public override string ToString() => UserName;
}
