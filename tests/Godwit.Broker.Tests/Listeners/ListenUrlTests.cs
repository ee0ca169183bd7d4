using Godwit.Broker.Listeners;

namespace Godwit.Broker.Tests.Listeners;

public sealed class ListenUrlTests
{
    [Theory]
    [InlineData("mqtt://127.0.0.1:1884", "127.0.0.1", 1884)]
    [InlineData("mqtt://127.0.0.1", "127.0.0.1", 1883)]
    [InlineData("MQTT://localhost:0", "localhost", 0)]
    [InlineData("mqtt://broker.example:65535/", "broker.example", 65535)]
    [InlineData("mqtt://[::1]:1884", "::1", 1884)]
    [InlineData("mqtt://[::]", "::", 1883)]
    [InlineData("mqtt://*:1883", "*", 1883)]
    public void Addresses_names_and_the_star_are_read(string text, string host, int port)
    {
        Assert.True(ListenUrl.TryParse(text, out var url, out string? problem), problem);
        Assert.Equal(new ListenUrl(host, port), url);
        Assert.True(ListenUrl.TryParse(url.ToString(), out var again, out _));
        Assert.Equal(url, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1883")]
    [InlineData("127.0.0.1:1883")]
    [InlineData("http://127.0.0.1:1883")]
    [InlineData("mqtt://")]
    [InlineData("mqtt://:1883")]
    [InlineData("mqtt://127.0.0.1:")]
    [InlineData("mqtt://127.0.0.1:65536")]
    [InlineData("mqtt://127.0.0.1:-1")]
    [InlineData("mqtt://127.0.0.1:18x3")]
    [InlineData("mqtt://127.0.0.1:1883/path")]
    [InlineData("mqtt://user@127.0.0.1:1883")]
    [InlineData("mqtt://::1:1883")]
    [InlineData("mqtt://[::1")]
    [InlineData("mqtt://[::1]1883")]
    [InlineData("mqtt://[127.0.0.1]:1883")]
    public void What_is_no_listener_is_refused_with_the_form_that_is(string text)
    {
        Assert.False(ListenUrl.TryParse(text, out _, out string? problem));
        Assert.Contains("mqtt://127.0.0.1:1883", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mqtts://127.0.0.1:8883", "TLS")]
    [InlineData("ws://127.0.0.1:8083/mqtt", "WebSocket")]
    [InlineData("wss://127.0.0.1:8084/mqtt", "WebSocket over TLS")]
    public void Schemes_of_later_versions_are_named_as_not_available(string text, string what)
    {
        Assert.False(ListenUrl.TryParse(text, out _, out string? problem));
        Assert.StartsWith(what, problem, StringComparison.Ordinal);
        Assert.Contains("not available in this build", problem, StringComparison.Ordinal);
    }
}
