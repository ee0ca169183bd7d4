using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary>A command cannot go on: what happened, what to do about it, and the exit code.</summary>
internal sealed class CommandFailure(string message, string? remedy = null, int exitCode = ExitCodes.Failed) : Exception(message)
{
    public CommandFailure(string message, ReasonCode? reason)
        : this(message, reason is { } known ? CommandErrors.FindRemedy(known) : null, ExitCodes.Of(reason))
    {
    }

    public string? Remedy { get; } = remedy;

    public int ExitCode { get; } = exitCode;
}
