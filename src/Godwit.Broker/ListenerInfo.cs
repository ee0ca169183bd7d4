using System.Net;

namespace Godwit.Broker;

/// <summary>Where a running broker listens.</summary>
/// <param name="Url">The URL with the actual port, for example <c>mqtt://127.0.0.1:1883</c>.</param>
/// <param name="EndPoint">The bound address and port.</param>
/// <param name="Strict">False: harmless faults of clients are tolerated and counted.</param>
public sealed record ListenerInfo(string Url, IPEndPoint EndPoint, bool Strict);
