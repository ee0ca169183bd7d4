using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net.Sockets;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary>Turns what can go wrong into a line or two on standard error and an exit code.</summary>
internal static class CommandErrors
{
    public const int Failed = 1;

    /// <summary>What mosquitto_sub answers when its -W time is over.</summary>
    public const int TimedOut = 27;

    /// <summary>What a shell sees of a program that SIGINT has ended.</summary>
    public const int Interrupted = 130;

    /// <summary>An option with a number, that says so in words when it gets something else.</summary>
    public static Option<T?> NumberOption<T>(string name, string? alias, string description, string helpName)
        where T : struct, ISpanParsable<T> => new(name, alias is null ? [] : [alias])
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                if (T.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var number))
                {
                    return number;
                }

                result.AddError($"{name} is '{result.Tokens[0].Value}': a number is needed.");
                return null;
            },
        };

    public static void RequireQoS(OptionResult result, Option<int?> option)
    {
        if (result.IsGiven(option, out var qos) && qos is < 0 or > 2)
        {
            result.AddError($"{option.Name} is {qos}: allowed are 0, 1 and 2.");
        }
    }

    /// <summary>True if the option is there with a value that can be read; other mistakes have their own message by then.</summary>
    public static bool IsGiven<T>(this SymbolResult result, Option<T> option, out T? value)
    {
        value = default;
        if (result.GetResult(option) is not { Implicit: false } found)
        {
            return false;
        }

        try
        {
            value = found.GetValueOrDefault<T>();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // not a number, or given twice
        }
    }

    public static bool IsGiven<T>(this SymbolResult result, Option<T> option) => result.GetResult(option) is { Implicit: false };

    public static async Task WriteAsync(string message, string? remedy)
    {
        await Console.Error.WriteLineAsync($"godwit: {message}");
        if (remedy is not null)
        {
            await Console.Error.WriteLineAsync($"        {remedy}");
        }
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
            await WriteAsync(failure.Message, failure.Remedy);
            return failure.ExitCode;
        }
        catch (MqttException exception)
        {
            await WriteAsync(exception.Message, FindRemedy(exception));
            return Failed;
        }
        catch (Exception exception) when (exception is ArgumentException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            await WriteAsync(exception.Message, null);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            return interrupted; // Ctrl-C: the person knows
        }
        catch (BrokenPipeException)
        {
            return 0; // the reader of the output has gone, as in "godwit sub ... | head": nothing is wrong
        }
        catch (IOException exception)
        {
            await WriteAsync(exception.Message, null);
            return Failed;
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
        ReasonCode.PayloadFormatInvalid => "The payload is not UTF-8, as payload-format-indicator 1 says.",
        ReasonCode.SharedSubscriptionsNotSupported => "Subscribe without $share.",
        ReasonCode.WildcardSubscriptionsNotSupported => "Subscribe without + and #.",
        _ => null,
    };
}
