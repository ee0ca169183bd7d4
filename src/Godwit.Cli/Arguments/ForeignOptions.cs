namespace Godwit.Cli.Arguments;

/// <summary>Options of the mosquitto tools that are not here: why, or what to use instead.</summary>
internal static class ForeignOptions
{
    public static string? Explain(string name) => name switch
    {
        "--cafile" or "--capath" or "--cert" or "--key" or "--keyform" or "--ciphers" or "--insecure" or "--tls-alpn" or "--tls-engine"
            or "--tls-engine-kpass-sha1" or "--tls-use-os-certs" or "--tls-version" or "--psk" or "--psk-identity" => "TLS is not available in this build.",
        "--nodelay" => "Leave it out: small packets are never delayed.",
        "--quiet" => "Leave it out and add 2>/dev/null.",
        "--unix" or "--proxy" or "-A" => "Connections are made by TCP, directly, from the address that the system chooses.",
        "-d" or "--debug" => "Errors are always told in full.",
        _ => null,
    };
}
