using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Crash;

/// <summary>How the clients connect.</summary>
internal static class SessionOptions
{
    private const uint Kept = 86_400;

    internal static MqttClientOptions Of(string name, ProtocolVersion version) => new()
    {
        ClientId = name,
        ProtocolVersion = version,
        CleanStart = false,
        SessionExpiryInterval = version == ProtocolVersion.Mqtt5 ? Kept : 0,
    };
}
