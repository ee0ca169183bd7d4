using System.CommandLine;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary><c>godwit sub</c>.</summary>
internal static class SubscribeCommand
{
    public static Command Create(PropertyArguments properties)
    {
        var connection = new ConnectionArguments(properties);
        var topics = new Option<string[]>("--topic", "-t") { Description = "Topic filter; may be repeated.", HelpName = "FILTER", AllowMultipleArgumentsPerToken = false };
        var qos = CommandErrors.NumberOption<int>("--qos", "-q", "Highest quality of service: 0, 1 or 2. [default: 0]", "QOS");
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Print the topic before each payload." };
        var count = CommandErrors.NumberOption<int>("--count", "-C", "End after this many messages.", "COUNT");
        var wait = CommandErrors.NumberOption<double>("--timeout", "-W", "End after this many seconds, with exit code 27.", "SECONDS");
        var noRetained = new Option<bool>("--no-retained", "-R") { Description = "Do not print retained messages, nor count them." };
        var noLineEnd = new Option<bool>("--no-newline", "-N") { Description = "Print no end of line after each payload." };
        var command = new Command("sub", """
            Subscribe and print messages.

            Examples:
              godwit sub -t 'garden/#' -v
              godwit sub -h broker.example -t status -t 'alarm/+' -q 1
              godwit sub -t jobs -q 1 -i worker-1 -c -x 3600     goes on where it stopped
              godwit sub -t '$share/workers/jobs' -q 1           shares the messages with other workers
              godwit sub -t door -C 1 -W 60                      waits up to a minute for one message
              godwit sub -L mqtt://me:secret@broker.example/garden/#

            Properties of -D:
              subscribe user-property NAME
              will      content-type, response-topic, correlation-data, message-expiry-interval, payload-format-indicator, will-delay-interval,
                        user-property NAME
              connect   receive-maximum, maximum-packet-size, topic-alias-maximum, user-property NAME

            Exit code: 0 at -C and Ctrl-C, 27 when the time of -W is over, 1 after an error, which standard error names.
            """)
        {
            topics, qos, verbose, count, wait, noRetained, noLineEnd,
        };
        connection.AddTo(command);
        qos.Validators.Add(result => CommandErrors.RequireQoS(result, qos));
        count.Validators.Add(result =>
        {
            if (result.IsGiven(count, out var messages) && messages < 1)
            {
                result.AddError("--count is less than 1.");
            }
        });
        wait.Validators.Add(result =>
        {
            if (result.IsGiven(wait, out var seconds) && !(seconds > 0 && seconds <= int.MaxValue / 1000))
            {
                result.AddError($"--timeout is not within 0 to {int.MaxValue / 1000} seconds.");
            }
        });
        command.Validators.Add(result =>
        {
            if (properties.Has("publish"))
            {
                result.AddError("-D publish has no meaning for sub.");
            }
        });
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(
            async () =>
            {
                var (server, credentials, urlTopic) = connection.GetServer(result);
                string[] filters = [.. result.GetValue(topics) ?? [], .. urlTopic is null ? Array.Empty<string>() : [urlTopic]];
                if (filters.Length == 0)
                {
                    throw new CommandFailure("A topic filter is needed.", "Give it with -t.");
                }

                using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                if (result.GetValue(wait) is { } seconds)
                {
                    ending.CancelAfter(TimeSpan.FromSeconds(seconds));
                }

                try
                {
                    await using var client = await MqttClient.ConnectAsync(server, connection.GetOptions(result, credentials), ending.Token);
                    var subscription = await client.SubscribeAsync(
                        new MqttSubscriptionOptions([.. filters.Select(filter => new MqttTopicFilter(filter) { MaximumQoS = (QualityOfService)(result.GetValue(qos) ?? 0) })])
                        {
                            UserProperties = properties.UserProperties("subscribe"),
                        },
                        ending.Token);
                    await TellRefusalsAsync(subscription);
                    using var printer = new MessagePrinter(result.GetValue(verbose), !result.GetValue(noLineEnd), result.GetValue(noRetained), result.GetValue(count));
                    await PrintAsync(client, subscription, printer, ending.Token);
                    return 0; // leaves by DISCONNECT without UNSUBSCRIBE, so that a session that persists keeps its subscriptions
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    throw new CommandFailure($"The {result.GetValue(wait)} seconds of -W are over.", null, CommandErrors.TimedOut);
                }
            },
            interrupted: 0));
        return command;
    }

    private static async Task PrintAsync(MqttClient client, MqttSubscription subscription, MessagePrinter printer, CancellationToken cancellationToken)
    {
        if (!client.Connection.SessionPresent)
        {
            await PrintAsync(subscription, printer, cancellationToken);
            return;
        }

        // A session that was resumed may have messages of filters that this run does not name.
        using var others = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(PrintAsync(subscription, printer, others.Token), PrintAsync(client.Messages, printer, others.Token));
        await others.CancelAsync();
        await first;
    }

    private static async Task PrintAsync(IAsyncEnumerable<MqttMessage> messages, MessagePrinter printer, CancellationToken cancellationToken)
    {
        await foreach (var message in messages.WithCancellation(cancellationToken))
        {
            if (!printer.Print(message))
            {
                return;
            }
        }
    }

    private static async Task TellRefusalsAsync(MqttSubscription subscription)
    {
        for (var index = 0; index < subscription.Filters.Count; index++)
        {
            if (subscription.GrantedReasons[index] is var reason && reason.IsFailure())
            {
                await CommandErrors.WriteAsync(
                    $"The server refused the subscription to '{subscription.Filters[index].Filter}': {reason.Describe()} (0x{(byte)reason:X2})",
                    CommandErrors.FindRemedy(reason));
            }
        }
    }
}
