using System.Net.Sockets;
using Godwit.Cli.Output;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary>Turns what can go wrong into a line or two on standard error and an exit code.</summary>
internal static class CommandErrors
{
    public static void Write(string message, string? remedy)
    {
        // One write: other programs may write to the same terminal.
        Console.Error.Write(remedy is null ? $"godwit: {message}\n" : $"godwit: {message}\n        {remedy}\n");
    }

    /// <summary>Runs a command.</summary>
    /// <param name="action">Gives the exit code.</param>
    /// <param name="interrupted">The exit code after Ctrl-C.</param>
    public static async Task<int> RunAsync(Func<Task<int>> action, int interrupted)
    {
        try
        {
            return await action();
        }
        catch (CommandFailure failure)
        {
            Write(failure.Message, failure.Remedy);
            return failure.ExitCode;
        }
        catch (MqttException exception)
        {
            Write(exception.Message, FindRemedy(exception));
            return ExitCodes.Of(exception.ReasonCode);
        }
        catch (OperationCanceledException)
        {
            return interrupted; // Ctrl-C: the person knows
        }
        catch (BrokenPipeException)
        {
            return ExitCodes.BrokenPipe; // as in "godwit sub ... | head": nothing is wrong
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            Write(exception.Message, null);
            return ExitCodes.Failed;
        }
    }

    /// <summary>What one can do about an error, or null.</summary>
    public static string? FindRemedy(MqttException exception)
    {
        if (exception is MqttConnectionClosedException { Disconnection.ServerReference: { } other })
        {
            return $"It names {other} instead.";
        }

        if (exception is MqttConnectException { Result.ServerReference: { } reference })
        {
            return $"It names {reference} instead.";
        }

        return exception.ReasonCode switch
        {
            { } reason => FindRemedy(reason),
            null when exception.InnerException is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => "Check the name given with -h or -L.",
            null when exception.InnerException is SocketException => "Is a broker running there? Check -h and -p.",
            null when exception is MqttConnectException => "Is it an MQTT broker? It may not speak this version: try -V 3.1.1.",
            _ => null,
        };
    }

    public static string? FindRemedy(ReasonCode reason) => reason switch
    {
        ReasonCode.UnsupportedProtocolVersion => "Try another version, such as -V 3.1.1.",
        ReasonCode.ClientIdentifierNotValid => "Give another client identifier with -i.",
        ReasonCode.BadUserNameOrPassword => "Check the user name and password given with -u and -P.",
        ReasonCode.NotAuthorized => "Give a user name and password with -u and -P, or have the broker's access rules allow it.",
        ReasonCode.BadAuthenticationMethod => "The broker wants a way of authentication that this command does not have.",
        ReasonCode.ServerUnavailable or ReasonCode.ServerBusy or ReasonCode.ServerShuttingDown or ReasonCode.ConnectionRateExceeded
            or ReasonCode.MessageRateTooHigh => "Try again later.",
        ReasonCode.Banned or ReasonCode.AdministrativeAction => "Ask the administrator of the broker.",
        ReasonCode.SessionTakenOver => "Another client uses the same identifier: give another one with -i.",
        ReasonCode.KeepAliveTimeout => "The connection may be too slow for the keep alive: raise it with -k.",
        ReasonCode.TopicNameInvalid => "A topic to publish to is not empty and has no + or #.",
        ReasonCode.TopicFilterInvalid => "In a filter + stands for one whole level, and # for all that follow, at the end.",
        ReasonCode.PacketTooLarge => "Send less at a time, or raise the broker's limit.",
        ReasonCode.QuotaExceeded => "A limit of the broker is reached.",
        ReasonCode.RetainNotSupported => "Leave out -r (and --will-retain).",
        ReasonCode.QoSNotSupported => "Use a lower -q (or --will-qos).",
        ReasonCode.TopicAliasInvalid => "Use a lower topic-alias, or none.",
        ReasonCode.PayloadFormatInvalid => "The broker expects another form of payload on this topic; with payload-format-indicator 1 it has to be UTF-8.",
        ReasonCode.SharedSubscriptionsNotSupported => "Subscribe without $share.",
        ReasonCode.WildcardSubscriptionsNotSupported => "Subscribe without + and #.",
        _ => null,
    };
}
