using System.CommandLine;
using System.Text;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary><c>godwit pub</c>.</summary>
internal static class PublishCommand
{
    // Lines of -l on their way at a time: enough that the way to the broker and back is not waited for with each.
    private const int LinesOnTheWayMax = 512;

    public static Command Create(PropertyArguments properties)
    {
        var connection = new ConnectionArguments(properties);
        var topic = new Option<string?>("--topic", "-t") { Description = "Topic to publish to.", HelpName = "TOPIC" };
        var message = new Option<string?>("--message", "-m") { Description = "The payload, as text.", HelpName = "TEXT" };
        var file = new Option<string?>("--file", "-f") { Description = "Publish the content of a file.", HelpName = "FILE" };
        var stdinFile = new Option<bool>("--stdin-file", "-s") { Description = "Publish all of standard input as one message." };
        var stdinLine = new Option<bool>("--stdin-line", "-l") { Description = "Publish each line of standard input that is not empty." };
        var empty = new Option<bool>("--null-message", "-n") { Description = "Publish an empty payload; with -r it clears the retained message." };
        var qos = CommandErrors.NumberOption<int>("--qos", "-q", "Quality of service: 0, 1 or 2. [default: 0]", "QOS");
        var retain = new Option<bool>("--retain", "-r") { Description = "Have the broker keep it as the topic's retained message." };
        var command = new Command("pub", """
            Publish messages.

            Examples:
              godwit pub -t garden/temperature -m 21.5
              godwit pub -h broker.example -t lamp/set -m on -q 1 -r
              godwit pub -t lamp/set -n -r                 clears the retained message
              tail -f log | godwit pub -t log -l -q 1
              godwit pub -t photo -f cat.jpg -D publish content-type image/jpeg
              godwit pub -t ask -m now -D publish response-topic answers -D publish user-property from shell

            Properties of -D:
              publish   content-type, response-topic, correlation-data, message-expiry-interval, payload-format-indicator, topic-alias,
                        user-property NAME
              will      content-type, response-topic, correlation-data, message-expiry-interval, payload-format-indicator, will-delay-interval,
                        user-property NAME
              connect   receive-maximum, maximum-packet-size, topic-alias-maximum, user-property NAME

            Exit code: 0 when the broker has the messages (with -q 0: when they are sent), 1 after an error, which standard error names.
            """)
        {
            topic, message, file, stdinFile, stdinLine, empty, qos, retain,
        };
        connection.AddTo(command);
        qos.Validators.Add(result => CommandErrors.RequireQoS(result, qos));
        command.Validators.Add(result =>
        {
            var sources = (result.IsGiven(message) ? 1 : 0) + (result.IsGiven(file) ? 1 : 0)
                + (result.IsGiven(stdinFile) ? 1 : 0) + (result.IsGiven(stdinLine) ? 1 : 0) + (result.IsGiven(empty) ? 1 : 0);
            if (sources != 1)
            {
                result.AddError("Say what to publish by exactly one of -m, -f, -s, -l and -n.");
            }

            if (properties.Has("subscribe"))
            {
                result.AddError("-D subscribe has no meaning for pub.");
            }
        });
        command.SetAction((result, cancellationToken) => CommandErrors.RunAsync(
            async () =>
            {
                var (server, credentials, urlTopic) = connection.GetServer(result);
                var target = result.GetValue(topic) ?? urlTopic ?? throw new CommandFailure("A topic is needed.", "Give it with -t.");
                ReadOnlyMemory<byte>? payload = result switch
                {
                    _ when result.GetValue(message) is { } text => Encoding.UTF8.GetBytes(text),
                    _ when result.GetValue(file) is { } path => await File.ReadAllBytesAsync(path, cancellationToken),
                    _ when result.GetValue(empty) => ReadOnlyMemory<byte>.Empty,
                    _ when result.GetValue(stdinFile) => await StandardInput.ReadAllAsync(cancellationToken),
                    _ => default(ReadOnlyMemory<byte>?),
                };
                await using var client = await MqttClient.ConnectAsync(server, connection.GetOptions(result, credentials), cancellationToken);
                if (payload is { } whole)
                {
                    await client.PublishAsync(Compose(whole), cancellationToken);
                }
                else
                {
                    await PublishLinesAsync(client, Compose, cancellationToken);
                }

                await client.DisconnectAsync(cancellationToken: cancellationToken);
                var end = await client.Closed;
                return end.Cause == MqttDisconnectionCause.ByClient ? 0 : throw new CommandFailure(end.Message);

                MqttMessage Compose(ReadOnlyMemory<byte> bytes) =>
                    properties.Compose("publish", target, bytes, (QualityOfService)(result.GetValue(qos) ?? 0), result.GetValue(retain));
            },
            CommandErrors.Interrupted));
        return command;
    }

    private static async Task PublishLinesAsync(MqttClient client, Func<ReadOnlyMemory<byte>, MqttMessage> compose, CancellationToken cancellationToken)
    {
        using var input = new StandardInput();
        var onTheWay = new Queue<Task<PublishResult>>();
        while (true)
        {
            // A connection that ends while nobody types is told at once.
            var reading = input.ReadLineAsync();
            if (await Task.WhenAny(reading, client.Closed).WaitAsync(cancellationToken) == client.Closed)
            {
                throw new CommandFailure((await client.Closed).Message, (await client.Closed).Reason is { } reason ? CommandErrors.FindRemedy(reason) : null);
            }

            if (await reading is not { } line)
            {
                break;
            }

            if (line.Length > 0)
            {
                onTheWay.Enqueue(client.PublishAsync(compose(line), cancellationToken).AsTask());
            }

            while (onTheWay.Count > LinesOnTheWayMax || (onTheWay.TryPeek(out var oldest) && oldest.IsCompleted))
            {
                await onTheWay.Dequeue();
            }
        }

        while (onTheWay.TryDequeue(out var rest))
        {
            await rest;
        }
    }
}
