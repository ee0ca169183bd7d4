using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Statements;

/// <summary>A numbered normative statement of one of the two standards.</summary>
/// <param name="Version"><see cref="MqttVersion.V311"/> or <see cref="MqttVersion.V50"/>; the same id means different things in the two.</param>
/// <param name="Id">For example <c>MQTT-3.1.0-1</c>.</param>
/// <param name="Side">Whom it binds.</param>
/// <param name="Section">Number and title of its section.</param>
/// <param name="Requirement">What it says, in our words.</param>
public sealed record Statement(MqttVersion Version, string Id, StatementSide Side, string Section, string Requirement)
{
    /// <summary>True when it binds a server, alone or along with clients.</summary>
    public bool BindsServer => Side != StatementSide.Client;

    /// <summary>True when it binds a client, alone or along with servers.</summary>
    public bool BindsClient => Side != StatementSide.Server;
}
