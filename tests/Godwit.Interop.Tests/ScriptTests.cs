namespace Godwit.Interop.Tests;

/// <summary>Scenarios that foreign clients run in their own languages; one test per scenario, version and cell.</summary>
public sealed class ScriptTests(BrokerCells cells, ScriptRuns runs)
{
    private static readonly Dictionary<string, string> MosquittoDiffers = new()
    {
        ["subscription_options 5.0"] = "keeps the options of the first subscription",
        ["invalid_filter_is_refused_alone 5.0"] = "grants $share/group",
        ["many_small_windows_of_a_slow_subscriber 5.0"] = "sends more than the window and loses the order of QoS 2",
        ["takeover 5.0"] = "closes without 0x8E",
        ["overlapping_subscriptions_name_all_identifiers 5.0"] = "names one identifier",
        ["topic_aliases_for_a_subscriber 5.0"] = "assigns no aliases",
    };

    public static IEnumerable<string> PahoScenarios => ClientScript.Paho.Scenarios;

    public static IEnumerable<string> MqttJsScenarios => ClientScript.MqttJs.Scenarios;

    [Theory, EveryCell(Rows = nameof(PahoScenarios))]
    public Task Paho_python(BrokerCell cell, string scenario) => ExpectSuccessAsync(ClientScript.Paho, cell, scenario);

    [Theory, EveryCell(Rows = nameof(MqttJsScenarios))]
    public Task Mqtt_js(BrokerCell cell, string scenario) => ExpectSuccessAsync(ClientScript.MqttJs, cell, scenario);

    [Fact]
    public void Scripts_declare_no_scenario_that_is_not_asked_for()
    {
        Assert.Equal(ClientScript.Paho.DeclarationCount, PahoScenarios.DistinctBy(NameOf).Count());
        Assert.Equal(ClientScript.MqttJs.DeclarationCount, MqttJsScenarios.DistinctBy(NameOf).Count());

        static string NameOf(string scenario) => scenario[..scenario.IndexOf(' ', StringComparison.Ordinal)];
    }

    private async Task ExpectSuccessAsync(ClientScript script, BrokerCell cell, string scenario)
    {
        Assert.SkipWhen(TestBroker.IsMosquitto && MosquittoDiffers.ContainsKey(scenario), MosquittoDiffers.GetValueOrDefault(scenario, ""));
        if (await runs.GetFaultAsync(cells, script, cell, scenario) is { } fault)
        {
            Assert.Fail(fault);
        }
    }
}
