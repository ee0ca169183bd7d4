using Godwit.Protocol;

namespace Godwit.Broker.Hooks;

/// <summary>A client is connected.</summary>
/// <param name="ClientId">Its Client Identifier.</param>
/// <param name="RemoteAddress">Its address and port.</param>
/// <param name="Version">Protocol version.</param>
/// <param name="SessionPresent">It goes on with an earlier session.</param>
public sealed record ClientConnected(string ClientId, string RemoteAddress, ProtocolVersion Version, bool SessionPresent);
