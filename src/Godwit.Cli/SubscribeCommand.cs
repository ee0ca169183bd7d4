using System.CommandLine;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary><c>godwit sub</c>.</summary>
internal static class SubscribeCommand
{
    public static Command Create()
    {
        var connection = new ConnectionArguments();
        var topics = new Option<string[]>("--topic", "-t") { Description = "Topic Filter; may be repeated.", HelpName = "FILTER" };
        var qos = new Option<int>("--qos", "-q") { Description = "Highest quality of service: 0, 1 or 2.", HelpName = "QOS" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Print the topic before each payload." };
        var count = new Option<int?>("--count", "-C") { Description = "End after this many messages.", HelpName = "COUNT" };
        var wait = new Option<int?>("--wait", "-W") { Description = "End after this many seconds, with exit code 27.", HelpName = "SECONDS" };
        var noRetained = new Option<bool>("--no-retained", "-R") { Description = "Do not print retained messages." };
        var noLine = new Option<bool>("--no-eol", "-N") { Description = "Print no end of line after each payload." };
        var command = new Command("sub", """
            Subscribe and print messages.

            Examples:
              godwit sub -t 'garden/#' -v
              godwit sub -t jobs -q 1 -i worker-1 -c -x 3600     goes on where it stopped
              godwit sub -t '$share/workers/jobs' -q 1
              godwit sub -t door -C 1 -W 60                      waits a minute for one message
            """)
        {
            topics, qos, verbose, count, wait, noRetained, noLine,
        };
        connection.AddTo(command);
        qos.Validators.Add(result => CommandErrors.RequireQoS(result, qos));
        command.SetAction((result, cancellation) => CommandErrors.RunAsync(async () =>
        {
            var (server, urlTopic) = connection.Server(result);
            string[] filters = result.GetValue(topics) is { Length: > 0 } given
                ? given
                : [urlTopic ?? throw new ArgumentException("A Topic Filter is needed: -t FILTER.")];
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            if (result.GetValue(wait) is { } seconds)
            {
                ending.CancelAfter(TimeSpan.FromSeconds(seconds));
            }

            try
            {
                await using var client = await MqttClient.ConnectAsync(server, connection.Options(result), ending.Token);
                var subscription = await client.SubscribeAsync(
                    new MqttSubscriptionOptions([.. filters.Select(filter => new MqttTopicFilter(filter) { MaximumQoS = (QualityOfService)result.GetValue(qos) })]),
                    ending.Token);
                await WarnOfRefusalsAsync(filters, subscription);
                var printer = new MessagePrinter(Console.OpenStandardOutput(), result.GetValue(verbose), withLineEnd: !result.GetValue(noLine));
                await PrintAsync(subscription, printer, result.GetValue(count), result.GetValue(noRetained), ending.Token);

                // Leaves without UNSUBSCRIBE, so that a session that persists keeps its subscriptions.
                await client.DisconnectAsync(cancellationToken: cancellation);
                return 0;
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync($"godwit: timed out after {result.GetValue(wait)} seconds");
                return CommandErrors.TimedOut;
            }
        }));
        return command;
    }

    private static async Task PrintAsync(
        MqttSubscription subscription, MessagePrinter printer, int? count, bool skipsRetained, CancellationToken cancellation)
    {
        int printed = 0;
        await foreach (var message in subscription.WithCancellation(cancellation))
        {
            if (skipsRetained && message.Retain)
            {
                continue;
            }

            await printer.PrintAsync(message, cancellation);
            if (++printed == count)
            {
                return;
            }
        }
    }

    private static async Task WarnOfRefusalsAsync(string[] filters, MqttSubscription subscription)
    {
        for (int i = 0; i < filters.Length; i++)
        {
            if (subscription.GrantedReasons[i].IsFailure())
            {
                await Console.Error.WriteLineAsync($"godwit: the broker refused '{filters[i]}': {subscription.GrantedReasons[i].Describe()}");
            }
        }
    }
}
