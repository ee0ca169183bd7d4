namespace Godwit.Cli;

/// <summary>A command cannot go on: what happened, and what to do about it.</summary>
internal sealed class CommandFailure(string message, string? remedy = null, int exitCode = CommandErrors.Failed) : Exception(message)
{
    public string? Remedy { get; } = remedy;

    public int ExitCode { get; } = exitCode;
}
