using System.Text;
using Godwit.Cli.Arguments;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary><c>godwit pub</c>.</summary>
internal sealed class PublishCommand
{
    // Messages of -l and --repeat on their way at a time: enough that the way to the broker and back is not waited for with each.
    private const int OnTheWayMax = 512;

    private readonly ConnectionArguments _connection = new();
    private readonly CommandOption _topic = new("--topic", "-t", "TOPIC", "Topic to publish to.");
    private readonly CommandOption _message = new("--message", "-m", "TEXT", "The payload, as text.");
    private readonly CommandOption _file = new("--file", "-f", "FILE", "Publish the content of a file.");
    private readonly CommandOption _stdinFile = new("--stdin-file", "-s", null, "Publish all of standard input as one message.");
    private readonly CommandOption _stdinLine = new("--stdin-line", "-l", null, "Publish each line of standard input, an empty one as an empty message.");
    private readonly CommandOption _empty = new("--null-message", "-n", null, "Publish an empty payload; with -r it clears the retained message.");
    private readonly CommandOption _qos = new("--qos", "-q", "QOS", "Quality of service: 0, 1 or 2. [default: 0]");
    private readonly CommandOption _retain = new("--retain", "-r", null, "Have the broker keep it as the topic's retained message.");
    private readonly CommandOption _repeat = new("--repeat", null, "COUNT", "Publish it so many times. Not with -l.");
    private readonly CommandOption _repeatDelay = new("--repeat-delay", null, "SECONDS", "Time between the repetitions, fractions too. [default: 0]");
    private readonly CommandOption _inflight = new("--max-inflight", "-M", "COUNT", "At most so many messages of QoS 1 and 2 on their way. [default: 1024]");

    private PublishCommand()
    {
    }

    public static CommandDefinition Define()
    {
        var command = new PublishCommand();
        return new CommandDefinition
        {
            Name = "pub",
            Summary = "publish messages.",
            Usage = "-t TOPIC (-m TEXT | -f FILE | -s | -l | -n) [options]",
            Examples = """
                  godwit pub -t garden/temperature -m 21.5
                  godwit pub -h broker.example -t lamp/set -m on -q 1 -r
                  godwit pub -t lamp/set -n -r                          clears the retained message
                  tail -f log | godwit pub -t log -l -q 1
                  godwit pub -t tick -m x --repeat 10 --repeat-delay 0.5
                  godwit pub -L mqtt://me:secret@broker.example/garden/door -m open
                  godwit pub -t photo -f cat.jpg -D publish content-type image/jpeg
                  godwit pub -t ask -m now -D publish response-topic answers -D publish user-property from shell
                """,
            Groups =
            [
                new("Messages", command._topic, command._message, command._file, command._stdinFile, command._stdinLine, command._empty,
                    command._qos, command._retain, command._repeat, command._repeatDelay, command._inflight),
                .. command._connection.Groups,
            ],
            Notes = $"""
                Properties of -D:
                {PropertyArguments.PublishHelp}
                {PropertyArguments.ConnectHelp}

                Exit codes:
                  0           the broker has the messages (with -q 0: they are sent)
                  130         Ctrl-C
                {ExitCodes.Help}
                """,
            InterruptedExitCode = ExitCodes.Interrupted,
            RunAsync = command.RunAsync,
        };
    }

    private async Task<int> RunAsync(ParsedArguments arguments, CancellationToken cancellationToken)
    {
        var (server, credentials, urlTopic) = _connection.GetServer(arguments);
        var options = _connection.GetOptions(arguments, credentials);
        var repeat = arguments.Number(_repeat, 1, int.MaxValue) ?? 1;
        var delay = arguments.Seconds(_repeatDelay, mayBeZero: true) ?? TimeSpan.Zero;
        var qos = (QualityOfService)(arguments.Number(_qos, 0, 2) ?? 0);
        var retain = arguments.Has(_retain);
        options = options with { SendMaximum = (ushort)(arguments.Number(_inflight, 1, ushort.MaxValue) ?? options.SendMaximum) };
        Validate(arguments);
        var topic = arguments.Text(_topic) ?? urlTopic ?? throw new UsageException("A topic is needed.", "Give it with -t.");
        var payload = await ReadPayloadAsync(arguments, cancellationToken);
        await using var client = await MqttClient.ConnectAsync(server, options, cancellationToken);
        if (payload is not { } whole)
        {
            await PublishLinesAsync(client, line => arguments.Properties.Compose("publish", topic, line, qos, retain), cancellationToken);
        }
        else if (repeat == 1)
        {
            await client.PublishAsync(arguments.Properties.Compose("publish", topic, whole, qos, retain), cancellationToken);
        }
        else
        {
            await RepeatAsync(client, arguments.Properties.Compose("publish", topic, whole, qos, retain), repeat, delay, cancellationToken);
        }

        await client.DisconnectAsync(ReasonCode.Success, arguments.Properties.LastSessionExpiry, cancellationToken);
        var end = await client.Closed;
        return end.Cause == MqttDisconnectionCause.ByClient ? 0 : throw new CommandFailure(end.Message, end.Reason);
    }

    private void Validate(ParsedArguments arguments)
    {
        var sources = 0;
        foreach (var source in (ReadOnlySpan<CommandOption>)[_message, _file, _stdinFile, _stdinLine, _empty])
        {
            sources += arguments.Has(source) ? 1 : 0;
        }

        if (sources != 1)
        {
            throw new UsageException("Say what to publish by exactly one of -m, -f, -s, -l and -n.");
        }

        if (arguments.Properties.Has("subscribe"))
        {
            throw new UsageException("-D subscribe has no meaning for pub.");
        }

        if (arguments.Has(_repeat) && arguments.Has(_stdinLine))
        {
            throw new UsageException("--repeat does not go with -l: lines can be read only once.");
        }

        if (arguments.Has(_repeatDelay) && !arguments.Has(_repeat))
        {
            throw new UsageException("--repeat-delay needs --repeat.");
        }
    }

    // Null: the lines of standard input.
    private async Task<ReadOnlyMemory<byte>?> ReadPayloadAsync(ParsedArguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Text(_message) is { } text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        if (arguments.Text(_file) is { } path)
        {
            return await File.ReadAllBytesAsync(path, cancellationToken);
        }

        if (arguments.Has(_stdinFile))
        {
            return await StandardInput.ReadAllAsync(cancellationToken);
        }

        return arguments.Has(_empty) ? ReadOnlyMemory<byte>.Empty : default(ReadOnlyMemory<byte>?);
    }

    private static async Task RepeatAsync(MqttClient client, MqttMessage message, int count, TimeSpan delay, CancellationToken cancellationToken)
    {
        var onTheWay = new Queue<Task<PublishResult>>();
        for (var index = 0; index < count; index++)
        {
            if (index > 0 && delay > TimeSpan.Zero)
            {
                await FailIfClosedAsync(client, Task.Delay(delay, cancellationToken), cancellationToken);
            }

            onTheWay.Enqueue(client.PublishAsync(message, cancellationToken).AsTask());
            await SettleAsync(onTheWay, OnTheWayMax);
        }

        await SettleAsync(onTheWay, 0);
    }

    private static async Task PublishLinesAsync(MqttClient client, Func<ReadOnlyMemory<byte>, MqttMessage> compose, CancellationToken cancellationToken)
    {
        using var input = new StandardInput();
        var onTheWay = new Queue<Task<PublishResult>>();
        while (true)
        {
            var reading = input.ReadLineAsync();
            await FailIfClosedAsync(client, reading, cancellationToken);
            if (await reading is not { } line)
            {
                break;
            }

            onTheWay.Enqueue(client.PublishAsync(compose(line), cancellationToken).AsTask());
            await SettleAsync(onTheWay, OnTheWayMax);
        }

        await SettleAsync(onTheWay, 0);
    }

    // A connection that ends while nobody types is told at once.
    private static async Task FailIfClosedAsync(MqttClient client, Task waiting, CancellationToken cancellationToken)
    {
        if (!waiting.IsCompleted && await Task.WhenAny(waiting, client.Closed).WaitAsync(cancellationToken) == client.Closed)
        {
            var end = await client.Closed;
            throw new CommandFailure(end.Message, end.Reason);
        }
    }

    /// <summary>Waits until at most so many are on their way, and learns of those that have failed.</summary>
    private static async Task SettleAsync(Queue<Task<PublishResult>> onTheWay, int countMax)
    {
        while (onTheWay.Count > countMax || (onTheWay.TryPeek(out var oldest) && oldest.IsCompleted))
        {
            await onTheWay.Dequeue();
        }
    }
}
