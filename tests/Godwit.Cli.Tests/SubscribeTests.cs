namespace Godwit.Cli.Tests;

public class SubscribeTests(Mosquitto mosquitto) : MosquittoTest(mosquitto)
{
    [Theory]
    [CombinatorialVersions]
    public async Task Messages_of_mosquitto_pub_are_printed(string version, int qos)
    {
        await using var subscriber = await SubscribeAsync(foreign: false, Topic, "-q", $"{qos}", "-C", "2", "-V", version);
        foreach (var message in new[] { "one", "zw\u00f6lf" })
        {
            await using var publisher = RunningProcess.Start("mosquitto_pub", ["-h", "127.0.0.1", "-p", $"{Broker.Port}", "-t", Topic, "-m", message, "-q", "2"]);
            Assert.Equal(0, (await publisher.WaitAsync()).ExitCode);
        }

        var outcome = await subscriber.WaitAsync();
        Assert.Equal((0, "one\nzw\u00f6lf\n", ""), (outcome.ExitCode, outcome.Text, outcome.Error));
    }

    [Fact]
    public async Task Several_filters_print_with_their_topics()
    {
        await using var subscriber = await SubscribeAsync(foreign: false, $"{Topic}/a", "-t", $"{Topic}/+/c", "-v", "-C", "2");
        await Broker.WaitForSubscriptionAsync($"{Topic}/+/c");
        await PublishAsync("-t", $"{Topic}/a", "-m", "1");
        await PublishAsync("-t", $"{Topic}/b/c", "-m", "2");
        Assert.Equal($"{Topic}/a 1\n{Topic}/b/c 2\n", (await subscriber.WaitAsync()).Text);
    }

    [Fact]
    public async Task Retained_messages_can_be_left_out_and_line_ends_too()
    {
        await PublishAsync("-t", Topic, "-m", "old", "-r", "-q", "1");
        await using var subscriber = await SubscribeAsync(foreign: false, Topic, "-R", "-N", "-C", "2");
        await PublishInputAsync("new\nnewer\n", "-t", Topic, "-l");
        Assert.Equal("newnewer", (await subscriber.WaitAsync()).Text);
        await PublishAsync("-t", Topic, "-n", "-r");
    }

    [Fact]
    public async Task Each_line_is_there_before_the_next_message_comes()
    {
        string[] arguments = ["sub", "-h", "127.0.0.1", "-p", $"{Broker.Port}", "-t", Topic];
        var start = new System.Diagnostics.ProcessStartInfo(RunningProcess.Godwit, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        using var subscriber = System.Diagnostics.Process.Start(start)!;
        try
        {
            await Broker.WaitForSubscriptionAsync(Topic);
            for (var index = 0; index < 3; index++)
            {
                await PublishAsync("-t", Topic, "-m", $"{index}");
                Assert.Equal($"{index}", await subscriber.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            }
        }
        finally
        {
            subscriber.Kill();
            await subscriber.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Time_over_ends_with_exit_code_27()
    {
        var outcome = await GodwitAsync("sub", "-t", Topic, "-W", "0.5");
        Assert.Equal((27, "", "godwit: The 0.5 seconds of -W are over.\n"), (outcome.ExitCode, outcome.Text, outcome.Error));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("3.1.1")]
    public async Task A_session_goes_on_where_it_stopped(string version)
    {
        string[] persistent = ["-i", $"id-{Topic}", "-c", "-q", "1", "-V", version];
        await using (var first = await SubscribeAsync(foreign: false, $"{Topic}/#", [.. persistent, "-C", "1"]))
        {
            await PublishAsync("-t", $"{Topic}/a", "-m", "1", "-q", "1");
            Assert.Equal("1\n", (await first.WaitAsync()).Text);
        }

        await PublishInputAsync("2\n3\n4\n", "-t", $"{Topic}/b", "-l", "-q", "1");
        var second = await GodwitAsync("sub", ["-t", $"{Topic}/#", .. persistent, "-C", "2"]);
        Assert.Equal((0, "2\n3\n"), (second.ExitCode, second.Text));
        var third = await GodwitAsync("sub", ["-t", $"unrelated/{Topic}", .. persistent, "-C", "1", "-v"]);
        Assert.Equal((0, $"{Topic}/b 4\n"), (third.ExitCode, third.Text)); // of a filter that this run does not name
    }

    [Fact]
    public async Task Messages_that_are_not_printed_are_not_acknowledged()
    {
        string[] persistent = ["-i", $"id-{Topic}", "-c", "-q", "2", "-t", Topic, "-W", "20"];
        await using (var first = await SubscribeAsync(foreign: false, Topic, [.. persistent, "-C", "1"]))
        {
            await PublishInputAsync(string.Join('\n', Enumerable.Range(1, 15)), "-t", Topic, "-l", "-q", "2");
            Assert.Equal("1\n", (await first.WaitAsync()).Text);
        }

        var second = await GodwitAsync("sub", [.. persistent, "-C", "14"]);
        Assert.Equal(string.Join('\n', Enumerable.Range(2, 14)) + "\n", second.Text);
    }

    [Theory]
    [InlineData(RunningProcess.SignalInterrupt)]
    [InlineData(RunningProcess.SignalTerminate)]
    public async Task Interruption_ends_quietly(int signal)
    {
        await using var subscriber = await SubscribeAsync(foreign: false, Topic);
        await PublishAsync("-t", Topic, "-m", "1");
        subscriber.Signal(signal);
        var outcome = await subscriber.WaitAsync();
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }

    [Fact]
    public async Task A_reader_that_has_gone_ends_it_quietly()
    {
        await using var subscriber = RunningProcess.Start(
            RunningProcess.Godwit,
            ["sub", "-h", "127.0.0.1", "-p", $"{Broker.Port}", "-t", Topic],
            collectsOutput: false);
        await Broker.WaitForSubscriptionAsync(Topic);
        subscriber.CloseOutput();
        await PublishAsync("-t", Topic, "-m", "1");
        var outcome = await subscriber.WaitAsync();
        Assert.Equal((141, ""), (outcome.ExitCode, outcome.Error));
    }

    [Fact]
    public async Task The_will_is_published_when_the_process_dies()
    {
        await using var watcher = await SubscribeAsync(foreign: true, $"{Topic}/will", "-C", "1", "-q", "1", "-V", "mqttv5", "-F", "%q %C %p");
        await using var subscriber = await SubscribeAsync(
            foreign: false, Topic, "--will-topic", $"{Topic}/will", "--will-payload", "gone", "--will-qos", "1", "-D", "will", "content-type", "text/plain");
        subscriber.Signal(RunningProcess.SignalKill);
        Assert.Equal("1 text/plain gone\n", (await watcher.WaitAsync()).Text);
    }

    [Fact]
    public async Task A_connection_that_the_broker_closes_is_told()
    {
        await using var first = await SubscribeAsync(foreign: false, Topic, "-i", $"id-{Topic}");
        await using var second = await SubscribeAsync(foreign: false, $"{Topic}/2", "-i", $"id-{Topic}"); // mosquitto closes the first without a word
        var outcome = await first.WaitAsync();
        Assert.Equal((1, "", "godwit: The server closed the connection.\n"), (outcome.ExitCode, outcome.Text, outcome.Error));
    }

    [Fact]
    public async Task A_filter_that_is_not_valid_is_refused_with_a_remedy()
    {
        var outcome = await GodwitAsync("sub", "-t", "a#");
        Assert.Equal(143, outcome.ExitCode);
        Assert.Contains("'a#' is not valid", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("at the end", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Topics_can_be_left_out()
    {
        await using var subscriber = await SubscribeAsync(foreign: false, $"{Topic}/#", "-T", $"{Topic}/a/+", "--filter-out", $"{Topic}/b", "-C", "2", "-v");
        foreach (var topic in (string[])["a/1", "b", "a", "a/2", "c"])
        {
            await PublishAsync("-t", $"{Topic}/{topic}", "-m", "x");
        }

        Assert.Equal($"{Topic}/a x\n{Topic}/c x\n", (await subscriber.WaitAsync()).Text);
    }

    [Fact]
    public async Task Exit_after_subscribing_makes_a_session_that_queues()
    {
        string[] session = ["-t", Topic, "-i", $"id-{Topic}", "-c", "-q", "1"];
        var outcome = await GodwitAsync("sub", [.. session, "-E"]);
        Assert.Equal((0, "", ""), (outcome.ExitCode, outcome.Text, outcome.Error));
        await PublishAsync("-t", Topic, "-m", "later", "-q", "1");
        Assert.Equal("later\n", (await GodwitAsync("sub", [.. session, "-C", "1"])).Text);
    }

    [Fact]
    public async Task A_filter_of_the_session_can_be_unsubscribed_from()
    {
        string[] session = ["-i", $"id-{Topic}", "-c", "-q", "1"];
        await GodwitAsync("sub", ["-t", $"{Topic}/a", "-t", $"{Topic}/b", .. session, "-E"]);
        var outcome = await GodwitAsync("sub", ["-U", $"{Topic}/a", .. session, "-E"]);
        Assert.Equal((0, "", ""), (outcome.ExitCode, outcome.Text, outcome.Error));
        await PublishAsync("-t", $"{Topic}/a", "-m", "1", "-q", "1");
        await PublishAsync("-t", $"{Topic}/b", "-m", "2", "-q", "1");
        Assert.Equal("2\n", (await GodwitAsync("sub", ["-U", $"{Topic}/c", .. session, "-C", "1"])).Text);
    }

    [Fact]
    public async Task Retained_messages_alone_can_be_printed()
    {
        await PublishAsync("-t", $"{Topic}/a", "-m", "1", "-r", "-q", "1");
        await PublishAsync("-t", $"{Topic}/b", "-m", "2", "-r", "-q", "1");
        await using var subscriber = await SubscribeAsync(foreign: false, $"{Topic}/+", "--retained-only");
        await PublishAsync("-t", $"{Topic}/a", "-m", "live");
        var outcome = await subscriber.WaitAsync();
        Assert.Equal((0, "1\n2\n"), (outcome.ExitCode, outcome.Text));
        await GodwitAsync("sub", "-t", $"{Topic}/+", "--remove-retained", "-C", "2");
    }

    [Theory]
    [InlineData("5")]
    [InlineData("3.1.1")]
    public async Task Retained_messages_can_be_cleared(string version)
    {
        foreach (var topic in (string[])["a", "b", "keep"])
        {
            await PublishAsync("-t", $"{Topic}/{topic}", "-m", topic, "-r", "-q", "1");
        }

        var outcome = await GodwitAsync("sub", "-t", $"{Topic}/+", "--retained-only", "--remove-retained", "-T", "+/keep", "-W", "2", "-V", version);
        Assert.Equal((27, "a\nb\n"), (outcome.ExitCode, outcome.Text)); // not ended by what came back of the clearing, nor by an empty line of it
        Assert.Equal("keep\n", (await GodwitAsync("sub", "-t", $"{Topic}/+", "-W", "1")).Text);
        Assert.Equal(27, (await GodwitAsync("sub", "-t", $"{Topic}/keep", "-R", "--remove-retained", "-W", "1")).ExitCode);
        Assert.Equal("", (await GodwitAsync("sub", "-t", $"{Topic}/+", "-W", "1")).Text); // cleared, although not printed
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_retained_flag_is_that_of_the_publisher_if_wanted(bool asPublished)
    {
        await using var subscriber = await SubscribeAsync(foreign: false, Topic, ["-F", "%r", "-C", "1", .. asPublished ? (string[])["--retain-as-published"] : []]);
        await PublishAsync("-t", Topic, "-m", "x", "-r");
        Assert.Equal(asPublished ? "1\n" : "0\n", (await subscriber.WaitAsync()).Text);
        await PublishAsync("-t", Topic, "-n", "-r");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public async Task Many_messages_are_printed_whole_and_in_order(string qos)
    {
        var lines = Enumerable.Range(0, 5000).Select(line => $"line {line} {new string('x', line % 97)}").ToArray();
        await using var subscriber = await SubscribeAsync(foreign: false, Topic, "-q", qos, "-C", "5000");
        await PublishInputAsync(string.Join('\n', lines), "-t", Topic, "-l", "-q", qos);
        var outcome = await subscriber.WaitAsync();
        Assert.Equal((0, string.Join('\n', lines) + "\n"), (outcome.ExitCode, outcome.Text));
    }
}
