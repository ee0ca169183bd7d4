using System.CommandLine;
using System.Text;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli;

/// <summary><c>godwit pub</c>.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var connection = new ConnectionArguments();
        var topic = new Option<string?>("--topic", "-t") { Description = "Topic to publish to.", HelpName = "TOPIC" };
        var message = new Option<string?>("--message", "-m") { Description = "The payload, as text.", HelpName = "TEXT" };
        var file = new Option<string?>("--file", "-f") { Description = "Publish the content of a file.", HelpName = "FILE" };
        var stdinFile = new Option<bool>("--stdin-file", "-s") { Description = "Publish all of standard input as one message." };
        var stdinLine = new Option<bool>("--stdin-line", "-l") { Description = "Publish each line of standard input as a message." };
        var empty = new Option<bool>("--null-message", "-n") { Description = "Publish an empty payload; with -r it clears the retained message." };
        var qos = new Option<int>("--qos", "-q") { Description = "Quality of service: 0, 1 or 2.", HelpName = "QOS" };
        var retain = new Option<bool>("--retain", "-r") { Description = "Keep it as the topic's retained message." };
        var contentType = new Option<string?>("--content-type") { Description = "Content Type, 5.0 only.", HelpName = "TYPE" };
        var responseTopic = new Option<string?>("--response-topic") { Description = "Response Topic, 5.0 only.", HelpName = "TOPIC" };
        var expiry = new Option<uint?>("--message-expiry-interval") { Description = "Seconds the message may wait, 5.0 only.", HelpName = "SECONDS" };
        var user = new Option<string[]>("--user-property") { Description = "NAME=VALUE, may be repeated, 5.0 only.", HelpName = "NAME=VALUE" };
        var command = new Command("pub", """
            Publish messages.

            Examples:
              godwit pub -t garden/temperature -m 21.5
              godwit pub -t lamp/set -n -r                 clears the retained message
              tail -f log | godwit pub -t log -l -q 1
              godwit pub -t photo -f cat.jpg --content-type image/jpeg
            """)
        {
            topic, message, file, stdinFile, stdinLine, empty, qos, retain, contentType, responseTopic, expiry, user,
        };
        connection.AddTo(command);
        qos.Validators.Add(result => CommandErrors.RequireQoS(result, qos));
        command.Validators.Add(result =>
        {
            int sources = (result.GetValue(message) is null ? 0 : 1) + (result.GetValue(file) is null ? 0 : 1)
                + (result.GetValue(stdinFile) ? 1 : 0) + (result.GetValue(stdinLine) ? 1 : 0) + (result.GetValue(empty) ? 1 : 0);
            if (sources != 1)
            {
                result.AddError("Say what to publish by exactly one of -m, -f, -s, -l and -n.");
            }
        });
        command.SetAction((result, cancellation) => CommandErrors.RunAsync(async () =>
        {
            var (server, urlTopic) = connection.Server(result);
            string target = result.GetValue(topic) ?? urlTopic ?? throw new ArgumentException("A topic is needed: -t TOPIC.");
            byte[]? payload = result switch
            {
                _ when result.GetValue(message) is { } text => Encoding.UTF8.GetBytes(text),
                _ when result.GetValue(file) is { } path => await File.ReadAllBytesAsync(path, cancellation),
                _ when result.GetValue(empty) => [],
                _ when result.GetValue(stdinFile) => await ReadAllAsync(cancellation),
                _ => null,
            };
            await using var client = await MqttClient.ConnectAsync(server, connection.Options(result), cancellation);
            if (payload is not null)
            {
                await client.PublishAsync(Compose(payload), cancellation);
            }
            else
            {
                while (await Console.In.ReadLineAsync(cancellation) is { } line)
                {
                    await client.PublishAsync(Compose(Encoding.UTF8.GetBytes(line)), cancellation);
                }
            }

            await client.DisconnectAsync(cancellationToken: cancellation);
            return 0;

            MqttMessage Compose(byte[] bytes) => new()
            {
                Topic = target,
                Payload = bytes,
                QoS = (QualityOfService)result.GetValue(qos),
                Retain = result.GetValue(retain),
                ContentType = result.GetValue(contentType),
                ResponseTopic = result.GetValue(responseTopic),
                MessageExpiryInterval = result.GetValue(expiry),
                UserProperties = [.. (result.GetValue(user) ?? []).Select(UserPropertyOf)],
            };
        }));
        return command;
    }

    private static MqttUserProperty UserPropertyOf(string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        return at < 0
            ? throw new ArgumentException($"The user property '{text}' is not of the form NAME=VALUE.")
            : new MqttUserProperty(text[..at], text[(at + 1)..]);
    }

    private static async Task<byte[]> ReadAllAsync(CancellationToken cancellation)
    {
        using var collected = new MemoryStream();
        await using var input = Console.OpenStandardInput();
        await input.CopyToAsync(collected, cancellation);
        return collected.ToArray();
    }
}
