using System.Text;
using Godwit.Engine.Access;
using Godwit.Engine.Connections;
using Godwit.Protocol;

namespace Godwit.Broker.Hooks;

/// <summary>The client that a hook is asked about. One object per connection, so that hooks may recognise it.</summary>
public sealed class ClientContext
{
    internal ClientContext(scoped in ConnectRequest request, Connection connection)
    {
        var packet = request.Packet;
        ClientId = Encoding.UTF8.GetString(request.ClientIdentifier);
        UserName = packet.HasUserName ? Encoding.UTF8.GetString(packet.UserName) : null;
        RemoteAddress = connection.RemoteAddress;
        Listener = connection.Listener.Name;
        Version = packet.Version;
        if (!packet.UserProperties.IsEmpty)
        {
            var properties = new List<KeyValuePair<string, string>>();
            foreach (var property in packet.UserProperties)
            {
                properties.Add(new(Encoding.UTF8.GetString(property.Name), Encoding.UTF8.GetString(property.Value)));
            }

            UserProperties = properties;
        }
    }

    /// <summary>The Client Identifier, assigned by the broker where the client sent none.</summary>
    public string ClientId { get; }

    /// <summary>The User Name of CONNECT, or the one that an <see cref="IAuthenticator"/> put in its place; null without one.</summary>
    public string? UserName { get; internal set; }

    /// <summary>The peer's address and port.</summary>
    public string RemoteAddress { get; }

    /// <summary>URL of the listener that accepted the connection.</summary>
    public string Listener { get; }

    /// <summary>Protocol version of the connection.</summary>
    public ProtocolVersion Version { get; }

    /// <summary>User Properties of CONNECT. 5.0 only.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> UserProperties { get; } = [];

    /// <summary>For the hooks: what they want to remember of the client while it is connected. Hooks may run on any thread.</summary>
    public object? State { get; set; }

    /// <summary>The Client Identifier.</summary>
    public override string ToString() => ClientId;
}
