namespace Godwit.Client.Connections;

/// <summary>The address of a server as people write it: <c>mqtt://[user[:password]@]host[:port]</c>, or without <c>mqtt://</c>.</summary>
internal sealed record MqttEndpoint(string Host, int Port, MqttCredentials? Credentials)
{
    public const int DefaultPort = 1883;

    public static MqttEndpoint Parse(string server)
    {
        ArgumentException.ThrowIfNullOrEmpty(server);
        var text = server.Contains("://", StringComparison.Ordinal) ? server : "mqtt://" + server;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw new ArgumentException($"'{server}' is not an address of the form mqtt://host:port.", nameof(server));
        }

        if (uri.Scheme != "mqtt")
        {
            throw new ArgumentException($"'{server}': only mqtt:// (plain TCP) is available; connect over a Stream for anything else.", nameof(server));
        }

        if (uri.AbsolutePath.Length > 1 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw new ArgumentException($"'{server}': nothing may follow host and port.", nameof(server));
        }

        var parts = uri.UserInfo.Split(':', 2);
        var credentials = uri.UserInfo.Length == 0
            ? null
            : new MqttCredentials(Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : null);
        return new MqttEndpoint(uri.IdnHost, uri.Port < 0 ? DefaultPort : uri.Port, credentials);
    }
}
