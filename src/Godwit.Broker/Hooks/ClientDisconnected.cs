using Godwit.Engine.Observation;
using Godwit.Protocol;

namespace Godwit.Broker.Hooks;

/// <summary>A client is no longer connected.</summary>
/// <param name="ClientId">Its Client Identifier.</param>
/// <param name="RemoteAddress">Its address and port.</param>
/// <param name="Cause">What ended the connection.</param>
/// <param name="Reason">The reason code that was sent or received, where the cause has one.</param>
public sealed record ClientDisconnected(string ClientId, string RemoteAddress, DisconnectCause Cause, ReasonCode Reason);
