using System.Text.Json.Nodes;

namespace Godwit.Cli.Tests;

/// <summary>What -F prints is what mosquitto_sub prints, byte for byte, where the letters are the same.</summary>
public class FormatTests(Mosquitto mosquitto) : MosquittoTest(mosquitto)
{
    [Theory]
    [InlineData("%t|%p|%x|%X|%l|%q|%r|%%|@@|\\\\")]
    [InlineData("%C|%D|%E|%F|%P|%R")]
    [InlineData("[%60t|%-60t|%.3t|%60.3t|%1.2t]")]
    [InlineData("[%5l|%-5l|%05l|%-05l|%04q|%02r]")]
    [InlineData("[%20p|%-20p|%020p|%-020p|%.2p]")]
    [InlineData("[%20C|%-20C|%.4C|%020C|%6E|%06E|%-6E|%3F|%03F]")]
    [InlineData("\\a\\e[1m\\0\\v\\r\\t\\n.")]
    [InlineData("@Y-@m-@d @j @a @A @b @B @e @y @F @D @C @g @G @u @w @U @V @W @h @Z @z @n@t. @E @1")]
    [InlineData("f\u00fcr %t")]
    public async Task It_is_as_mosquitto_sub_prints_it(string format)
    {
        await using var theirs = await SubscribeAsync(foreign: true, $"{Topic}/+", "-q", "2", "-V", "mqttv5", "-C", "4", "-F", format);
        await using var ours = await SubscribeAsync(foreign: false, $"{Topic}/#", "-q", "2", "-C", "4", "-F", format);
        await PublishAsync("-t", $"{Topic}/a", "-m", "hello", "-r");
        await PublishAsync(
            "-t", $"{Topic}/\u00e4", "-m", "x\"y\u00fc", "-q", "1", "-D", "publish", "content-type", "text/plain", "-D", "publish", "response-topic", "r/t",
            "-D", "publish", "correlation-data", "cd", "-D", "publish", "message-expiry-interval", "500", "-D", "publish", "payload-format-indicator", "1",
            "-D", "publish", "user-property", "b", "1", "-D", "publish", "user-property", "a", "2");
        Assert.Equal(0, (await RunningProcess.RunAsync(["pub", "-h", "127.0.0.1", "-p", $"{Broker.Port}", "-t", $"{Topic}/bin", "-s"], [0, 255, 34, 92, 10, 195])).ExitCode);

        // At last: mosquitto_sub prints a message of QoS 2 only when its exchange is over, and others overtake it.
        await PublishAsync("-t", $"{Topic}/c", "-n", "-q", "2", "-D", "publish", "response-topic", "x");
        var (expected, actual) = (await theirs.WaitAsync(), await ours.WaitAsync());
        Assert.NotEmpty(expected.Output);
        Assert.Equal(Convert.ToHexString(expected.Output), Convert.ToHexString(actual.Output));
        await PublishAsync("-t", $"{Topic}/a", "-n", "-r");
    }

    [Fact]
    public async Task Times_have_the_form_of_mosquitto_sub()
    {
        await using var subscriber = await SubscribeAsync(foreign: false, Topic, "-C", "1", "-F", "%I|%U|@s.@N|@H:@M:@S|@T|@R|@r|@I @l @k @p @P|@c|%.10I|%30I|");
        await PublishAsync("-t", Topic, "-m", "x");
        var now = DateTimeOffset.Now;
        var parts = (await subscriber.WaitAsync()).Text.Split('|');
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}$", parts[0]);
        Assert.InRange(double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), now.ToUnixTimeSeconds() - 30, now.ToUnixTimeSeconds() + 2);
        Assert.Equal(parts[1], parts[2]);
        Assert.Equal((parts[0][11..19], parts[0][11..19], parts[0][11..16]), (parts[3], parts[4], parts[5]));
        var hour = int.Parse(parts[3][..2], System.Globalization.CultureInfo.InvariantCulture);
        var half = ((hour + 11) % 12) + 1;
        Assert.Equal($"{half:00}{parts[3][2..]} {(hour < 12 ? "AM" : "PM")}", parts[6]);
        Assert.Equal($"{half:00} {half,2} {hour,2} {(hour < 12 ? "AM" : "PM")} {(hour < 12 ? "am" : "pm")}", parts[7]);
        Assert.Contains(parts[3], parts[8], StringComparison.Ordinal);
        Assert.Equal((parts[0][..10], $"{parts[0],30}"), (parts[9], parts[10]));
    }

    [Theory]
    [InlineData("%j", "--json")]
    [InlineData("%J", "-F", "%J")]
    public async Task Json_is_as_mosquitto_sub_prints_it(string format, params string[] ours)
    {
        await using var theirs = await SubscribeAsync(foreign: true, $"{Topic}/+", "-V", "mqttv5", "-C", "2", "-F", format);
        await using var godwit = await SubscribeAsync(foreign: false, $"{Topic}/#", ["-C", "2", .. ours]);
        await PublishAsync("-t", $"{Topic}/\u00e4\"", "-m", "{ \"a\" : [ 1, \"b \\\" c\\\\\", true ] }");
        await PublishAsync(
            "-t", $"{Topic}/p", "-m", "\"\u00fc\"", "-D", "publish", "content-type", "text/plain", "-D", "publish", "response-topic", "r/t",
            "-D", "publish", "correlation-data", "cd", "-D", "publish", "message-expiry-interval", "500", "-D", "publish", "payload-format-indicator", "1",
            "-D", "publish", "user-property", "b", "1", "-D", "publish", "user-property", "a", "2");
        var (expected, actual) = ((await theirs.WaitAsync()).Text, (await godwit.WaitAsync()).Text);
        Assert.Equal([.. expected.TrimEnd('\n').Split('\n').Select(Normalise)], actual.TrimEnd('\n').Split('\n').Select(Normalise));
        Assert.All(actual.TrimEnd('\n').Split('\n'), line => Assert.Matches(@"^\{""tst"":""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d{4}"",", line));
    }

    [Fact]
    public async Task A_payload_that_is_not_text_is_base64_in_json()
    {
        await using var subscriber = await SubscribeAsync(foreign: false, Topic, "-C", "2", "--json");
        Assert.Equal(0, (await RunningProcess.RunAsync(["pub", "-h", "127.0.0.1", "-p", $"{Broker.Port}", "-t", Topic, "-s"], [0, 255])).ExitCode);
        await PublishAsync("-t", Topic, "-n");
        var lines = (await subscriber.WaitAsync()).Text.Split('\n');
        Assert.EndsWith(",\"payloadlen\":2,\"payload-base64\":\"AP8=\"}", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(",\"payloadlen\":0,\"payload\":null}", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_that_is_not_json_is_told_and_left_out()
    {
        await using var subscriber = await SubscribeAsync(foreign: false, Topic, "-C", "2", "-F", "%J");
        await PublishAsync("-t", Topic, "-m", "no");
        await PublishAsync("-t", Topic, "-m", "12");
        var outcome = await subscriber.WaitAsync();
        Assert.EndsWith(",\"payload\":12}\n", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(2, outcome.Text.Split('\n').Length);
        Assert.Equal($"godwit: The payload is not valid JSON on topic {Topic}.\n", outcome.Error);
    }

    [Fact]
    public async Task Pretty_json_is_indented()
    {
        await using var subscriber = await SubscribeAsync(foreign: false, Topic, "-C", "1", "-F", "%J", "--pretty");
        await PublishAsync("-t", Topic, "-m", "{\"a\":[],\"b\":[1,\"x,{\"]}");
        Assert.EndsWith(
            "  \"payloadlen\": 22,\n  \"payload\": {\n    \"a\": [],\n    \"b\": [\n      1,\n      \"x,{\"\n    ]\n  }\n}\n",
            (await subscriber.WaitAsync()).Text,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x\u00fc", "78c3bc\n", "--hex")]
    [InlineData("x\u00fc", "{0} 78c3bc\n", "--hex", "-v")]
    [InlineData("x", "\u001b[36m{0}\u001b[0m x\n", "-v", "--color", "always")]
    [InlineData("x", "{0} x\n", "-v", "--color", "never")]
    [InlineData("x", "{0} x\n", "-vq1")]
    [InlineData("x", "x", "--no-newline")]
    [InlineData("x", "x 1", "-v", "--format=%p %l", "-N")]
    public async Task Other_forms_of_output(string message, string expected, params string[] arguments)
    {
        await using var subscriber = await SubscribeAsync(foreign: false, Topic, ["-C", "1", .. arguments]);
        await PublishAsync("-t", Topic, "-m", message);
        Assert.Equal(expected.Replace("{0}", Topic, StringComparison.Ordinal), (await subscriber.WaitAsync()).Text);
    }

    [Theory]
    [InlineData("", "\u001b[36m{0}\u001b[0m x\r\n")]
    [InlineData("NO_COLOR=1 ", "{0} x\r\n")]
    public async Task A_terminal_gets_colour_unless_no_color_is_set(string variables, string expected)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script(1) is not installed");
        var command = $"env -u NO_COLOR {variables}TERM=xterm {RunningProcess.Godwit} sub -h 127.0.0.1 -p {Broker.Port} -t {Topic} -v -C 1";
        await using var terminal = RunningProcess.Start("/usr/bin/script", ["-qec", command, "/dev/null"]);
        await Broker.WaitForSubscriptionAsync(Topic);
        await PublishAsync("-t", Topic, "-m", "x");
        Assert.Equal(expected.Replace("{0}", Topic, StringComparison.Ordinal), (await terminal.WaitAsync()).Text.Replace("\u001b[?1h\u001b=", "", StringComparison.Ordinal));
    }

    // The order of properties is that of the packet there, and always the same here.
    private static string Normalise(string line)
    {
        var json = JsonNode.Parse(line)!.AsObject();
        json.Remove("tst");
        var properties = json["properties"]?.AsObject().ToArray() ?? [];
        json.Remove("properties");
        return $"{json.ToJsonString()} {string.Join(' ', properties.OrderBy(property => property.Key, StringComparer.Ordinal).Select(property => $"{property.Key}={property.Value!.ToJsonString()}"))}";
    }
}
