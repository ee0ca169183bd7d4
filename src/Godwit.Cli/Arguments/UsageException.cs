namespace Godwit.Cli.Arguments;

/// <summary>The arguments make no sense: what is wrong, and what to do about it if that is not the help.</summary>
internal sealed class UsageException(string message, string? remedy = null) : Exception(message)
{
    public string? Remedy { get; } = remedy;
}
