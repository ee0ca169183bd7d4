using Godwit.Cli.Arguments;
using Godwit.Cli.Output;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary><c>godwit sub</c>.</summary>
internal sealed class SubscribeCommand
{
    private readonly ConnectionArguments _connection = new();
    private readonly CommandOption _topics = new("--topic", "-t", "FILTER", "Topic filter to subscribe to. May be repeated.") { IsRepeatable = true };
    private readonly CommandOption _leftOut = new("--filter-out", "-T", "FILTER", "Neither print nor count messages of these topics. May be repeated.") { IsRepeatable = true };
    private readonly CommandOption _unsubscribe = new("--unsubscribe", "-U", "FILTER", "Unsubscribe from a filter of the session, after subscribing. May be repeated.") { IsRepeatable = true };
    private readonly CommandOption _qos = new("--qos", "-q", "QOS", "Highest quality of service: 0, 1 or 2. [default: 0]");
    private readonly CommandOption _count = new("--count", "-C", "COUNT", "End after printing this many messages.");
    private readonly CommandOption _wait = new("--timeout", "-W", "SECONDS", "End after this time, with exit code 27. Fractions too.");
    private readonly CommandOption _exitAfter = new("--exit-after-subscribe", "-E", null, "End once the broker has acknowledged the subscriptions; with -c it queues from then on.");
    private readonly CommandOption _noRetained = new("--no-retained", "-R", null, "Neither print nor count retained messages.");
    private readonly CommandOption _retainedOnly = new("--retained-only", null, null, "Print retained messages alone, and end at the first other one.");
    private readonly CommandOption _removeRetained = new("--remove-retained", null, null, "Clear each retained message that comes, except those of -T.");
    private readonly CommandOption _asPublished = new("--retain-as-published", null, null, "Keep the retained flag of the publisher. 5.0 only.");
    private readonly CommandOption _verbose = new("--verbose", "-v", null, "Print the topic before each payload.");
    private readonly CommandOption _format = new("--format", "-F", "FORMAT", "Print each message in this format: see below.");
    private readonly CommandOption _json = new("--json", null, null, "Print each message as a JSON object on one line, as -F %j does.");
    private readonly CommandOption _pretty = new("--pretty", null, null, "Print JSON indented, on several lines.");
    private readonly CommandOption _hex = new("--hex", null, null, "Print each payload in hexadecimal digits.");
    private readonly CommandOption _noLineEnd = new("--no-newline", "-N", null, "Print no end of line after each message.");
    private readonly CommandOption _colour = new("--color", null, "WHEN", "Colour the topic of -v: always, never or auto, on a terminal unless NO_COLOR is set. [default: auto]");

    private SubscribeCommand()
    {
    }

    public static CommandDefinition Define()
    {
        var command = new SubscribeCommand();
        return new CommandDefinition
        {
            Name = "sub",
            Summary = "subscribe and print messages.",
            Usage = "-t FILTER [options]",
            Examples = """
                  godwit sub -t 'garden/#' -v
                  godwit sub -h broker.example -t status -t 'alarm/+' -q 1
                  godwit sub -t '#' -T '$SYS/#' -F '@H:@M:@S %t: %p'
                  godwit sub -t 'garden/#' --json | jq .payload
                  godwit sub -t jobs -q 1 -i worker-1 -c -x 3600     goes on where it stopped
                  godwit sub -t '$share/workers/jobs' -q 1           shares the messages with other workers
                  godwit sub -t door -C 1 -W 60                      waits up to a minute for one message
                  godwit sub -t 'old/#' --retained-only --remove-retained -W 5 -v
                  godwit sub -L mqtt://me:secret@broker.example/garden/#
                """,
            Groups =
            [
                new("Subscription", command._topics, command._leftOut, command._unsubscribe, command._qos, command._noRetained,
                    command._retainedOnly, command._removeRetained, command._asPublished),
                new("End", command._count, command._wait, command._exitAfter),
                new("Output", command._verbose, command._format, command._json, command._pretty, command._hex, command._noLineEnd, command._colour),
                .. command._connection.Groups,
            ],
            Notes = $"""
                {MessageFormat.Help}

                Properties of -D:
                {PropertyArguments.SubscribeHelp}
                {PropertyArguments.ConnectHelp}

                Exit codes:
                  0           at the end that -C, -E or --retained-only say, and at Ctrl-C
                  27          the time of -W is over
                {ExitCodes.Help}
                """,
            InterruptedExitCode = 0,
            RunAsync = command.RunAsync,
        };
    }

    private async Task<int> RunAsync(ParsedArguments arguments, CancellationToken cancellationToken)
    {
        var (server, credentials, urlTopic) = _connection.GetServer(arguments);
        var options = _connection.GetOptions(arguments, credentials);
        IReadOnlyList<string> filters = urlTopic is null ? arguments.All(_topics) : [.. arguments.All(_topics), urlTopic];
        var qos = (QualityOfService)(arguments.Number(_qos, 0, 2) ?? 0);
        var count = arguments.Number(_count, 1, int.MaxValue);
        var wait = arguments.Seconds(_wait, mayBeZero: false);
        Validate(arguments, options, filters);
        using var printer = new MessagePrinter(GetFormat(arguments), withLineEnd: !arguments.Has(_noLineEnd));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (wait is { } time)
        {
            ending.CancelAfter(time);
        }

        try
        {
            await using var client = await MqttClient.ConnectAsync(server, options, ending.Token);
            var subscription = filters.Count == 0 ? null : await SubscribeAsync(client, arguments, filters, qos, ending.Token);
            foreach (var filter in arguments.All(_unsubscribe))
            {
                await UnsubscribeAsync(client, filter, ending.Token);
            }

            if (!arguments.Has(_exitAfter))
            {
                var selection = new MessageSelection(client, printer, arguments.All(_leftOut), count)
                {
                    LeavesOutRetained = arguments.Has(_noRetained),
                    IsRetainedOnly = arguments.Has(_retainedOnly),
                    RemovesRetained = arguments.Has(_removeRetained),
                };
                await PrintAsync(client, subscription, selection, ending.Token);
                await selection.SettleAsync();
            }

            // Leaves by DISCONNECT without UNSUBSCRIBE, so that a session that persists keeps its subscriptions.
            await client.DisconnectAsync(ReasonCode.Success, arguments.Properties.LastSessionExpiry, CancellationToken.None);
            return 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailure($"The {arguments.Text(_wait)} seconds of -W are over.", null, ExitCodes.TimedOut);
        }
    }

    private void Validate(ParsedArguments arguments, MqttClientOptions options, IReadOnlyList<string> filters)
    {
        if (filters.Count == 0 && !arguments.Has(_unsubscribe))
        {
            throw new UsageException("A topic filter is needed.", "Give it with -t.");
        }

        if (arguments.Properties.Has("publish"))
        {
            throw new UsageException("-D publish has no meaning for sub.");
        }

        if (arguments.Has(_noRetained) && arguments.Has(_retainedOnly))
        {
            throw new UsageException("-R and --retained-only leave nothing to print.");
        }

        if (arguments.Has(_asPublished) && options.ProtocolVersion != ProtocolVersion.Mqtt5)
        {
            throw new UsageException("--retain-as-published needs protocol version 5.");
        }

        foreach (var filter in arguments.All(_leftOut))
        {
            if (!TopicFilter.Check(System.Text.Encoding.UTF8.GetBytes(filter), out _))
            {
                throw new UsageException($"--filter-out is '{filter}', which is no topic filter.", CommandErrors.FindRemedy(ReasonCode.TopicFilterInvalid));
            }
        }
    }

    private MessageFormat GetFormat(ParsedArguments arguments)
    {
        var ways = (arguments.Has(_format) ? 1 : 0) + (arguments.Has(_json) ? 1 : 0) + (arguments.Has(_hex) ? 1 : 0);
        if (ways > 1)
        {
            throw new UsageException("Only one of -F, --json and --hex is possible.");
        }

        var text = arguments.Text(_format) ?? (arguments.Has(_json) ? "%j" : arguments.Has(_hex) ? "%x" : "%p");
        if (arguments.Has(_pretty) && !text.Contains("%j", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException("--pretty needs --json, or -F with %j or %J.");
        }

        var printsTopic = arguments.Has(_verbose) && !arguments.Has(_format) && !arguments.Has(_json);
        if (arguments.Has(_colour) && !printsTopic)
        {
            throw new UsageException("--color needs -v, without -F and --json.", "Colours of one's own are possible in -F: '\\e[36m%t\\e[0m %p'");
        }

        var isColoured = arguments.Text(_colour) switch
        {
            null or "auto" => IsColourWelcome(),
            "always" => true,
            "never" => false,
            var other => throw new UsageException($"--color is '{other}': allowed are always, never and auto."),
        };
        if (printsTopic)
        {
            text = (isColoured ? "\\e[36m%t\\e[0m " : "%t ") + text;
        }

        return MessageFormat.Parse(text, arguments.Has(_pretty));
    }

    private static bool IsColourWelcome() =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb" && !Console.IsOutputRedirected;

    private async Task<MqttSubscription> SubscribeAsync(
        MqttClient client, ParsedArguments arguments, IReadOnlyList<string> filters, QualityOfService qos, CancellationToken cancellationToken)
    {
        var wanted = new MqttTopicFilter[filters.Count];
        for (var index = 0; index < wanted.Length; index++)
        {
            wanted[index] = new MqttTopicFilter(filters[index]) { MaximumQoS = qos, RetainAsPublished = arguments.Has(_asPublished) };
        }

        var subscription = await client.SubscribeAsync(
            new MqttSubscriptionOptions(wanted) { UserProperties = arguments.Properties.UserProperties("subscribe") },
            cancellationToken);
        for (var index = 0; index < wanted.Length; index++)
        {
            if (subscription.GrantedReasons[index] is var reason && reason.IsFailure())
            {
                CommandErrors.Write(
                    $"The server refused the subscription to '{filters[index]}': {reason.Describe()} (0x{(byte)reason:X2})",
                    CommandErrors.FindRemedy(reason));
            }
        }

        return subscription;
    }

    private static async Task UnsubscribeAsync(MqttClient client, string filter, CancellationToken cancellationToken)
    {
        if (await client.UnsubscribeAsync(filter, cancellationToken) == ReasonCode.NoSubscriptionExisted)
        {
            CommandErrors.Write($"There was no subscription to '{filter}'.", "A subscription is in the session of its client identifier: go on with that by -i and -c.");
        }
    }

    private static async Task PrintAsync(MqttClient client, MqttSubscription? subscription, MessageSelection selection, CancellationToken cancellationToken)
    {
        if (subscription is null)
        {
            await PrintOthersAsync(client, selection, cancellationToken);
            return;
        }

        if (!client.Connection.SessionPresent)
        {
            await PrintAsync(subscription, selection, cancellationToken);
            return;
        }

        // A session that was resumed may have messages of filters that this run does not name.
        using var others = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(PrintAsync(subscription, selection, others.Token), PrintOthersAsync(client, selection, others.Token));
        await others.CancelAsync();
        await first;
    }

    private static async Task PrintAsync(MqttSubscription subscription, MessageSelection selection, CancellationToken cancellationToken)
    {
        while (await subscription.ReadAsync(cancellationToken) is { } message)
        {
            var goesOn = selection.Handle(message);
            while (goesOn && !cancellationToken.IsCancellationRequested && subscription.TryRead(out message))
            {
                goesOn = selection.Handle(message);
            }

            selection.Flush();
            if (!goesOn)
            {
                return;
            }
        }
    }

    private static async Task PrintOthersAsync(MqttClient client, MessageSelection selection, CancellationToken cancellationToken)
    {
        await foreach (var message in client.Messages.WithCancellation(cancellationToken))
        {
            var goesOn = selection.Handle(message);
            selection.Flush();
            if (!goesOn)
            {
                return;
            }
        }
    }
}
