using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary>What the commands answer to the shell, and how the help tells it.</summary>
internal static class ExitCodes
{
    public const string Help = """
          1           after an error, which standard error names: wrong arguments, a broker that cannot be reached ...
          128 to 162  the broker refused, or ended the connection: the reason code of MQTT 5.0, as 135 for "Not authorized"
          141         nobody reads the output any more, as after SIGPIPE
        """;

    public const int Failed = 1;

    /// <summary>What mosquitto_sub answers when its -W time is over.</summary>
    public const int TimedOut = 27;

    /// <summary>What a shell sees of a program that SIGINT has ended.</summary>
    public const int Interrupted = 130;

    /// <summary>What a shell sees of a program that SIGPIPE has ended.</summary>
    public const int BrokenPipe = 141;

    /// <summary>That of an error: its reason code if it has one.</summary>
    public static int Of(ReasonCode? reason) => reason is { } known && known.IsFailure() ? (int)known : Failed;
}
