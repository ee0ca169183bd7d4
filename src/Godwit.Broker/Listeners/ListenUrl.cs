using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Godwit.Broker.Listeners;

/// <summary>The address of a listener as it is written: <c>mqtt://HOST[:PORT]</c>.</summary>
/// <param name="Host">An IPv4 address, an IPv6 address without brackets, a name, or <c>*</c>.</param>
/// <param name="Port">0 for a free one.</param>
internal sealed record ListenUrl(string Host, int Port)
{
    public const int DefaultPort = 1883;
    public const string EveryAddress = "*";

    private const string Scheme = "mqtt";
    private const string Form = "allowed: mqtt://HOST:PORT with an address, a name or * as host and a port from 0 (any free one) to 65535, such as mqtt://127.0.0.1:1883.";

    public override string ToString() => Format(Host, Port);

    public static string Format(string host, int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");

    public static bool TryParse(string text, [NotNullWhen(true)] out ListenUrl? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        int schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        string scheme = schemeEnd < 0 ? string.Empty : text[..schemeEnd].ToLowerInvariant();
        switch (scheme)
        {
            case Scheme:
                break;
            case "mqtts":
                problem = "TLS (mqtts://) is not available in this build; use mqtt://.";
                return false;
            case "ws":
                problem = "WebSocket (ws://) is not available in this build; use mqtt://.";
                return false;
            case "wss":
                problem = "WebSocket over TLS (wss://) is not available in this build; use mqtt://.";
                return false;
            default:
                problem = $"is not a listener URL; {Form}";
                return false;
        }

        string authority = text[(schemeEnd + 3)..];
        if (authority.EndsWith('/'))
        {
            authority = authority[..^1];
        }

        if (!TrySplit(authority, out string host, out string port))
        {
            problem = $"is not a listener URL; {Form}";
            return false;
        }

        if (!IsHost(host))
        {
            problem = $"\"{host}\" is not a host; {Form}";
            return false;
        }

        int number = DefaultPort;
        if (port.Length > 0 && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number > IPEndPoint.MaxPort))
        {
            problem = $"\"{port}\" is not a port; {Form}";
            return false;
        }

        url = new ListenUrl(host, number);
        problem = null;
        return true;
    }

    private static bool TrySplit(string authority, out string host, out string port)
    {
        host = authority;
        port = string.Empty;
        int colon = authority.LastIndexOf(':');
        if (authority.StartsWith('['))
        {
            int bracket = authority.IndexOf(']', StringComparison.Ordinal);
            if (bracket < 0 || (bracket + 1 < authority.Length && authority[bracket + 1] != ':'))
            {
                return false;
            }

            host = authority[1..bracket];
            port = bracket + 1 < authority.Length ? authority[(bracket + 2)..] : string.Empty;
            return IPAddress.TryParse(host, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        }

        if (colon >= 0)
        {
            host = authority[..colon];
            port = authority[(colon + 1)..];
            return port.Length > 0 && !host.Contains(':', StringComparison.Ordinal);
        }

        return true;
    }

    private static bool IsHost(string host) =>
        host == EveryAddress || (host.Length > 0 && Uri.CheckHostName(host) != UriHostNameType.Unknown);
}
