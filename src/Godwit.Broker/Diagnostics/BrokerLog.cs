using Godwit.Engine.Observation;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Diagnostics;

/// <summary>What a broker logs. Ids and names are a contract: operators alert on them. 1000-1099 broker, 1100-1199 accepting, 1200-1299 clients.</summary>
internal static partial class BrokerLog
{
    [LoggerMessage(1000, LogLevel.Information, "Listening on {Url}")]
    public static partial void Listening(ILogger logger, string url);

    [LoggerMessage(1001, LogLevel.Information, "Stopping: {Connections} connections are sent away")]
    public static partial void Stopping(ILogger logger, int connections);

    [LoggerMessage(1002, LogLevel.Warning, "Stopping took longer than {Timeout} ms: {Connections} connections are cut")]
    public static partial void StopTimedOut(ILogger logger, long timeout, int connections);

    [LoggerMessage(1003, LogLevel.Critical, "Loop {Loop} failed; the broker cannot go on")]
    public static partial void LoopFailed(ILogger logger, Exception error, int loop);

    [LoggerMessage(1004, LogLevel.Information, "Connections are limited to {Connections} by the limit of open files ({OpenFiles}); raise it with 'ulimit -n'")]
    public static partial void LimitedByOpenFiles(ILogger logger, int connections, long openFiles);

    [LoggerMessage(1005, LogLevel.Warning, "{Url} can be reached from other machines, and this build knows no authentication: whoever can connect may publish and subscribe to everything")]
    public static partial void ListeningForEveryone(ILogger logger, string url);

    [LoggerMessage(1006, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(1007, LogLevel.Error, "A hook failed, so client {ClientId} was refused what it asked for ({Unreported} such not reported)")]
    public static partial void HookFailed(ILogger logger, Exception error, string clientId, long unreported);

    [LoggerMessage(1008, LogLevel.Error, "A hook did not answer within {Timeout} ms, so client {ClientId} was refused what it asked for ({Unreported} such not reported)")]
    public static partial void HookTimedOut(ILogger logger, string clientId, long timeout, long unreported);

    [LoggerMessage(1009, LogLevel.Warning, "A hook held its event loop for {Milliseconds} ms before its first await; what takes long must be awaited ({Unreported} such not reported)")]
    public static partial void HookHeldLoop(ILogger logger, long milliseconds, long unreported);

    [LoggerMessage(1010, LogLevel.Error, "An observer failed at {Event}")]
    public static partial void ObserverFailed(ILogger logger, Exception error, string @event);

    [LoggerMessage(1011, LogLevel.Error, "Observers are too slow: {Lost} events were lost, {Waiting} wait")]
    public static partial void ObserversTooSlow(ILogger logger, long lost, int waiting);

    [LoggerMessage(1012, LogLevel.Critical, "The broker has failed, so the host is stopped")]
    public static partial void HostIsStopped(ILogger logger);

    [LoggerMessage(1013, LogLevel.Critical, "The store has failed, so the broker ends: nothing can be acknowledged any more")]
    public static partial void StoreFailed(ILogger logger, Exception error);

    [LoggerMessage(1014, LogLevel.Information, "Restored in {Milliseconds} ms: {Sessions} sessions with {Subscriptions} subscriptions, {Queued} queued messages in {Journals} queues, {Exchanges} on their way, {Retained} retained messages, {Wills} wills")]
    public static partial void Restored(ILogger logger, long milliseconds, int sessions, int subscriptions, long queued, int journals, int exchanges, int retained, int wills);

    [LoggerMessage(1307, LogLevel.Error, "{Text}")]
    public static partial void QueuesFull(ILogger logger, string text);

    [LoggerMessage(1308, LogLevel.Warning, "{Text}")]
    public static partial void QueuesHaveRoom(ILogger logger, string text);

    [LoggerMessage(1100, LogLevel.Warning, "Connection from {Peer} refused: {Limit} connections are open (Limits:ConnectionsMax); {Refused} refused since the last report")]
    public static partial void ConnectionsMaxReached(ILogger logger, string peer, int limit, long refused);

    [LoggerMessage(1101, LogLevel.Warning, "Connection from {Peer} refused: its address has {Limit} connections (Limits:ConnectionsPerAddressMax); {Refused} refused since the last report")]
    public static partial void AddressMaxReached(ILogger logger, string peer, int limit, long refused);

    [LoggerMessage(1102, LogLevel.Error, "No connection can be accepted on {Url} for the moment: {Error}; trying again every {Milliseconds} ms ({Unreported} times not reported)")]
    public static partial void AcceptStarved(ILogger logger, string url, string error, long milliseconds, long unreported);

    [LoggerMessage(1200, LogLevel.Information, "Client {ClientId} connected from {Peer}, MQTT {Version}, session present: {SessionPresent}")]
    public static partial void ClientConnected(ILogger logger, string clientId, string peer, string version, bool sessionPresent);

    [LoggerMessage(1201, LogLevel.Information, "Client {ClientId} from {Peer} disconnected: {Cause}, {Reason}")]
    public static partial void ClientDisconnected(ILogger logger, string clientId, string peer, DisconnectCause cause, string reason);

    [LoggerMessage(1202, LogLevel.Information, "Connection from {Peer} ended before CONNECT was accepted: {Cause}, {Reason} ({Unreported} such not reported)")]
    public static partial void ConnectionRefused(ILogger logger, string peer, DisconnectCause cause, string reason, long unreported);

    [LoggerMessage(1203, LogLevel.Warning, "Client {ClientId} from {Peer} broke the protocol: {Detail} [{Statement}] ({Unreported} such not reported)")]
    public static partial void ProtocolViolated(ILogger logger, string clientId, string peer, string detail, string statement, long unreported);

    [LoggerMessage(1204, LogLevel.Debug, "Session of {ClientId} ended with {Queued} messages waiting")]
    public static partial void SessionEnded(ILogger logger, string clientId, long queued);
}
