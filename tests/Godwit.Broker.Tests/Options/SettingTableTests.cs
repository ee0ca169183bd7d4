using Godwit.Broker.Options;
using Godwit.Engine;
using Microsoft.Extensions.Configuration;

namespace Godwit.Broker.Tests.Options;

public sealed class SettingTableTests
{
    public static TheoryData<string> Paths => [.. BrokerSettings.Known.Select(setting => setting.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_written_default_reads_back_as_the_default(string path)
    {
        var setting = Find(path);
        Assert.Equal(new BrokerOptions().Engine, setting.Parse(new BrokerOptions(), setting.Default.Replace(",", string.Empty, StringComparison.Ordinal))?.Engine);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Nonsense_is_refused(string path) => Assert.Null(Find(path).Parse(new BrokerOptions(), "nonsense\0"));

    [Fact]
    public void Every_limit_and_feature_of_the_engine_can_be_set()
    {
        // The number of shards follows the number of loops.
        int settable = BrokerSettings.Known.Count(setting => setting.Path.StartsWith("Limits:", StringComparison.Ordinal) || setting.Path.StartsWith("Features:", StringComparison.Ordinal));
        int ofTheDriver = typeof(AcceptLimits).GetProperties().Count(property => property.CanWrite) + 2;
        int ofTheEngine = typeof(EngineOptions).GetProperties().Count(property => property.CanWrite) - 1;
        Assert.Equal(ofTheEngine + ofTheDriver, settable);
    }

    [Fact]
    public void Options_made_by_code_are_held_to_the_same_bounds()
    {
        var options = new BrokerOptions
        {
            Loops = 65,
            Engine = new EngineOptions { ReceiveMaximum = 0 },
            Accept = new AcceptLimits { ConnectionsMax = 0 },
            Listeners = [],
        };
        var errors = BrokerSettings.Check(options);
        Assert.Equal(4, errors.Count);
        Assert.Contains(errors, error => error.StartsWith("Loops = \"65\"", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Limits:ReceiveMaximum = \"0\"", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Limits:ConnectionsMax = \"0\"", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Listen: there is no listener", StringComparison.Ordinal));
    }

    [Fact]
    public void The_word_unlimited_stands_where_a_number_would_be_magic()
    {
        var options = Read([new() { ["Limits:ConnectionsPerAddressMax"] = "unlimited", ["Limits:SessionExpiryMax"] = "Unlimited" }]);
        Assert.Equal(AcceptLimits.Unlimited, options.Accept.ConnectionsPerAddressMax);
        Assert.Equal(uint.MaxValue, options.Engine.SessionExpirySecondsMax);
        Assert.Throws<BrokerConfigurationException>(() => Read([new() { ["Limits:ConnectionsMax"] = "unlimited" }]));
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        var error = Assert.Throws<BrokerConfigurationException>(() => Read([new() { ["Lops"] = "1", ["Io"] = "x", ["Limits:TopicLevelsMax"] = "0" }]));
        Assert.Equal(3, error.Errors.Count);
    }

    [Fact]
    public void A_name_in_the_wrong_section_is_found_too()
    {
        var error = Assert.Throws<BrokerConfigurationException>(() => Read([new() { ["ReceiveMaximum"] = "1" }]));
        Assert.Contains("did you mean Limits:ReceiveMaximum?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_guessed_for_a_name_like_no_other()
    {
        var error = Assert.Throws<BrokerConfigurationException>(() => Read([new() { ["Zebra"] = "1" }]));
        Assert.DoesNotContain("did you mean", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_host_reads_itself_is_not_unknown() =>
        Assert.NotNull(BrokerSettings.Read(Build([new() { ["LogLevel"] = "debug" }]), "LogLevel"));

    [Fact]
    public void The_last_source_that_names_listeners_replaces_the_others()
    {
        Dictionary<string, string?> file = new() { ["Listen:0"] = "mqtt://127.0.0.1:1", ["Listen:1"] = "mqtt://127.0.0.1:2" };
        Dictionary<string, string?> environment = new() { ["Listen"] = "mqtt://127.0.0.1:3, mqtt://127.0.0.1:4" };
        Dictionary<string, string?> commandLine = new() { ["Listen:0"] = "mqtt://127.0.0.1:5" };
        Assert.Equal(["mqtt://127.0.0.1:1", "mqtt://127.0.0.1:2"], Urls(file));
        Assert.Equal(["mqtt://127.0.0.1:3", "mqtt://127.0.0.1:4"], Urls(file, environment));
        Assert.Equal(["mqtt://127.0.0.1:5"], Urls(file, environment, commandLine));
        Assert.Equal(["mqtt://127.0.0.1:5"], Urls(file, commandLine, new() { ["Loops"] = "1" }));
    }

    private static IEnumerable<string> Urls(params Dictionary<string, string?>[] sources) =>
        Read(sources).Listeners.Select(listener => listener.Url);

    private static BrokerOptions Read(Dictionary<string, string?>[] sources) => BrokerSettings.Read(Build(sources));

    private static IConfigurationRoot Build(Dictionary<string, string?>[] sources)
    {
        var builder = new ConfigurationBuilder();
        foreach (var source in sources)
        {
            builder.AddInMemoryCollection(source);
        }

        return builder.Build();
    }

    private static Setting Find(string path) => BrokerSettings.Known.Single(setting => setting.Path == path);
}
