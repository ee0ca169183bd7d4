using Godwit.Load;
using Godwit.Protocol;

namespace Godwit.Cli.Bench;

/// <summary>Turns what ended a run into a message with a remedy and an exit code.</summary>
internal static class BenchFailures
{
    public static CommandFailure ToCommandFailure(LoadException exception)
    {
        var reason = (ReasonCode?)exception.ReasonCode;
        var message = reason is { } known ? $"{exception.Message}: {Describe(known)}." : $"{exception.Message}.";
        return new CommandFailure(char.ToUpperInvariant(message[0]) + message[1..], FindRemedy(exception.Failure, reason), ExitCodes.Of(reason));
    }

    public static string Describe(ReasonCode reason) => $"{reason.Describe()} (0x{(byte)reason:X2})";

    private static string? FindRemedy(LoadFailure failure, ReasonCode? reason) => failure switch
    {
        LoadFailure.Unreachable => "Is a broker running there? Give its address, as in: godwit bench mqtt://HOST:PORT",
        LoadFailure.NoAnswer => "Is it an MQTT broker? It may not speak this version (try -V 3.1.1), or not take so many connections.",
        LoadFailure.Closed => "Was it stopped, or has it a limit that this load is beyond? Its log may tell.",
        LoadFailure.Unsupported => "Ask less of it with --window, --qos or --size.",
        LoadFailure.OpenFiles => "Raise the limit in the shell with ulimit -Hn, or use fewer connections.",
        LoadFailure.Ports => "Connect from more addresses of this machine with --source, or use fewer connections.",
        LoadFailure.SourceAddress => "Those of this machine are what 'ip address' lists; they have to be of the same kind as the broker's.",
        LoadFailure.Refused when reason is { } known => CommandErrors.FindRemedy(known),
        _ => null,
    };
}
