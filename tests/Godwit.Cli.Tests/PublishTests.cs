namespace Godwit.Cli.Tests;

public class PublishTests(Mosquitto mosquitto) : MosquittoTest(mosquitto)
{
    [Theory]
    [CombinatorialVersions]
    public async Task Messages_reach_mosquitto_sub(string version, int qos)
    {
        await using var subscriber = await SubscribeAsync(foreign: true, Topic, "-q", "2", "-C", "1", "-F", "%q %t %p");
        await PublishAsync("-t", Topic, "-m", "gr\u00fc\u00dfe", "-q", $"{qos}", "-V", version);
        Assert.Equal($"{qos} {Topic} gr\u00fc\u00dfe\n", (await subscriber.WaitAsync()).Text);
    }

    [Theory]
    [InlineData("-40")]
    [InlineData("-D")]
    [InlineData("@file")]
    [InlineData("a=b")]
    [InlineData("--help")]
    [InlineData("")]
    public async Task A_message_is_taken_as_it_is(string message)
    {
        await using var subscriber = await SubscribeAsync(foreign: true, Topic, "-C", "1", "-F", "[%p]");
        await PublishAsync("-t", Topic, "-m", message);
        Assert.Equal($"[{message}]\n", (await subscriber.WaitAsync()).Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Lines_of_standard_input_are_messages_in_order(int qos)
    {
        var lines = Enumerable.Range(0, 2000).Select(line => $"line {line}").ToArray();
        await using var subscriber = await SubscribeAsync(foreign: true, Topic, "-q", "2", "-C", "2000");
        await PublishInputAsync(string.Join('\n', lines), "-t", Topic, "-l", "-q", $"{qos}");
        Assert.Equal(string.Join('\n', lines) + "\n", (await subscriber.WaitAsync()).Text);
    }

    [Fact]
    public async Task An_empty_line_is_an_empty_message()
    {
        await using var subscriber = await SubscribeAsync(foreign: true, Topic, "-C", "4", "-F", "[%p]");
        await PublishInputAsync("1\n\n2\r\n3", "-t", Topic, "-l");
        Assert.Equal("[1]\n[]\n[2\r]\n[3]\n", (await subscriber.WaitAsync()).Text);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("2")]
    public async Task A_message_can_be_repeated(string qos)
    {
        await using var subscriber = await SubscribeAsync(foreign: true, Topic, "-C", "1000", "-q", "2");
        await PublishAsync("-t", Topic, "-m", "x", "--repeat", "1000", "-q", qos, "-M", "3");
        Assert.Equal(string.Concat(Enumerable.Repeat("x\n", 1000)), (await subscriber.WaitAsync()).Text);
    }

    [Fact]
    public async Task Repetitions_can_be_delayed()
    {
        await using var subscriber = await SubscribeAsync(foreign: true, Topic, "-C", "3", "-F", "@s.@N");
        await PublishAsync("-t", Topic, "-m", "x", "--repeat", "3", "--repeat-delay", "0.3");
        var times = (await subscriber.WaitAsync()).Text.TrimEnd().Split('\n').Select(line => double.Parse(line, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.True(times[2] - times[0] > 0.5, $"{times[2] - times[0]} seconds");
    }

    [Fact]
    public async Task An_identifier_can_have_a_prefix()
    {
        await using var watcher = await SubscribeAsync(foreign: false, Topic, "-I", $"p-{Topic}-", "-W", "30", "-C", "1");
        await Broker.WaitForLogAsync(line => line.Contains($" as p-{Topic}-{watcher.Id} ", StringComparison.Ordinal));
        await PublishAsync("-t", Topic, "-m", "x");
        Assert.Equal(0, (await watcher.WaitAsync()).ExitCode);
    }

    [Fact]
    public async Task Session_expiry_can_be_given_with_disconnect()
    {
        string[] session = ["-i", $"id-{Topic}", "-q", "1", "-t", Topic];
        await GodwitAsync("sub", [.. session, "-c", "-x", "1000", "-E", "-D", "disconnect", "session-expiry-interval", "0"]);
        await PublishAsync("-t", Topic, "-m", "1", "-q", "1");
        Assert.Equal((27, ""), ((await GodwitAsync("sub", [.. session, "-c", "-W", "1"])) is var outcome ? outcome.ExitCode : 0, outcome.Text));
    }

    [Fact]
    public async Task All_of_standard_input_is_one_message()
    {
        await using var subscriber = await SubscribeAsync(foreign: true, Topic, "-C", "1", "-N");
        await PublishInputAsync("two\nlines\n", "-t", Topic, "-s");
        Assert.Equal("two\nlines\n", (await subscriber.WaitAsync()).Text);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("2")]
    public async Task A_large_file_arrives_whole(string qos)
    {
        var path = Path.GetTempFileName();
        try
        {
            var content = new byte[5_000_000];
            new Random(1).NextBytes(content);
            await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
            await using var subscriber = await SubscribeAsync(foreign: false, Topic, "-q", qos, "-C", "1", "-N");
            await PublishAsync("-t", Topic, "-f", path, "-q", qos);
            Assert.Equal(content, (await subscriber.WaitAsync()).Output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Retained_messages_are_kept_and_cleared()
    {
        await PublishAsync("-t", Topic, "-m", "kept", "-r", "-q", "1");
        Assert.Equal("kept\n", (await GodwitAsync("sub", "-t", Topic, "-C", "1")).Text);
        await PublishAsync("-t", Topic, "-n", "-r", "-q", "1");
        await PublishAsync("-t", $"{Topic}/other", "-m", "fence", "-r", "-q", "1");
        Assert.Equal("fence\n", (await GodwitAsync("sub", "-t", $"{Topic}/#", "-C", "1")).Text);
    }

    [Fact]
    public async Task Properties_reach_mosquitto_sub()
    {
        await using var subscriber = await SubscribeAsync(foreign: true, Topic, "-V", "mqttv5", "-C", "1", "-F", "%C|%R|%D|%F|%E|%P|%p");
        await PublishAsync(
            "-t", Topic, "-m", "x", "-q", "1",
            "-D", "publish", "content-type", "text/plain",
            "-D", "PUBLISH", "response-topic", "back",
            "--property", "publish", "correlation-data", "42",
            "-D", "publish", "payload-format-indicator", "1",
            "-D", "publish", "message-expiry-interval", "1000",
            "-D", "publish", "topic-alias", "1",
            "-D", "publish", "user-property", "b", "-2",
            "-D", "publish", "user-property", "a", "1");
        Assert.Equal("text/plain|back|42|1|1000|b:-2 a:1|x\n", (await subscriber.WaitAsync()).Text);
    }

    [Fact]
    public async Task A_url_names_broker_and_topic()
    {
        await using var subscriber = await SubscribeAsync(foreign: true, $"{Topic}/a b", "-C", "1");
        var outcome = await RunningProcess.RunAsync(["pub", "-L", $"mqtt://user:pass@127.0.0.1:{Broker.Port}/{Topic}/a%20b", "-m", "x"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal("x\n", (await subscriber.WaitAsync()).Text);
    }

    [Fact]
    public async Task A_refused_connection_names_reason_and_remedy()
    {
        var outcome = await RunningProcess.RunAsync(["pub", "-h", "127.0.0.1", "-p", $"{Broker.ClosedPort}", "-t", "a", "-m", "x"]);
        Assert.Equal(135, outcome.ExitCode);
        Assert.Equal(
            "godwit: The server refused the connection: Not authorized (0x87)\n        Give a user name and password with -u and -P, or have the broker's access rules allow it.\n",
            outcome.Error);
    }

    [Theory]
    [InlineData("-m")]
    [InlineData("-l")]
    public async Task A_refused_publication_names_topic_reason_and_remedy(string source)
    {
        string[] arguments = ["pub", "-h", "127.0.0.1", "-p", $"{Broker.Port}", "-t", "denied/x", "-q", "1", .. source == "-m" ? ["-m", "x"] : (string[])["-l"]];
        var outcome = await RunningProcess.RunAsync(arguments, "x\n"u8.ToArray());
        Assert.Equal(135, outcome.ExitCode);
        Assert.StartsWith("godwit: The server refused the publication to 'denied/x': Not authorized (0x87)\n        Give", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_with_a_wildcard_is_refused_with_a_remedy()
    {
        var outcome = await GodwitAsync("pub", "-t", "a/#", "-m", "x");
        Assert.Equal(144, outcome.ExitCode);
        Assert.Contains("'a/#' has a wildcard", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("A topic to publish to is not empty and has no + or #.", outcome.Error, StringComparison.Ordinal);
    }
}
