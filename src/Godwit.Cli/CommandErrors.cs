using System.CommandLine;
using System.CommandLine.Parsing;
using Godwit.Client;

namespace Godwit.Cli;

/// <summary>Turns what can go wrong into one line on standard error and an exit code.</summary>
internal static class CommandErrors
{
    public const int Failed = 1;

    /// <summary>What mosquitto_sub answers when its -W time is over.</summary>
    public const int TimedOut = 27;

    public static void RequireQoS(OptionResult result, Option<int> option)
    {
        if (result.GetValueOrDefault<int>() is < 0 or > 2)
        {
            result.AddError($"{option.Name} is {result.GetValueOrDefault<int>()}: allowed are 0, 1 and 2.");
        }
    }

    public static async Task<int> RunAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception error) when (error is MqttException or ArgumentException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"godwit: {error.Message}");
            return Failed;
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: the person knows.
            return 130;
        }
        catch (IOException)
        {
            // The reader of our output has gone, as in "godwit sub ... | head".
            return 0;
        }
    }
}
