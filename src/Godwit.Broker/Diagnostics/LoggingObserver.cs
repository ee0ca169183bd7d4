using System.Text;
using Godwit.Broker.Loops;
using Godwit.Engine.Connections;
using Godwit.Engine.Observation;
using Godwit.Protocol;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Diagnostics;

/// <summary>Turns what the engine observes into log lines; builds no string for a level that is off.</summary>
internal sealed class LoggingObserver(ILogger logger) : IEngineObserver
{
    // What anybody on the network can cause at will must not fill a disk.
    private const int LinesPerSecondMax = 20;

    private readonly LogRate _refusals = new(LinesPerSecondMax);
    private readonly LogRate _violations = new(LinesPerSecondMax);

    public void ClientConnected(Connection connection, bool sessionPresent)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            BrokerLog.ClientConnected(logger, Text(connection.ClientIdentifier), connection.RemoteAddress, Name(connection.Version), sessionPresent);
        }
    }

    public void ClientDisconnected(Connection connection, DisconnectCause cause, ReasonCode reason)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            BrokerLog.ClientDisconnected(logger, Text(connection.ClientIdentifier), connection.RemoteAddress, cause, reason.Describe());
        }
    }

    public void ConnectionRefused(Connection connection, DisconnectCause cause, ReasonCode reason)
    {
        if (logger.IsEnabled(LogLevel.Information) && _refusals.TryTake(Now, out long unreported))
        {
            BrokerLog.ConnectionRefused(logger, connection.RemoteAddress, cause, reason.Describe(), unreported);
        }
    }

    public void ProtocolViolated(Connection connection, in ProtocolFault fault)
    {
        if (logger.IsEnabled(LogLevel.Warning) && _violations.TryTake(Now, out long unreported))
        {
            BrokerLog.ProtocolViolated(logger, Text(connection.ClientIdentifier), connection.RemoteAddress, fault.Detail, fault.Statement, unreported);
        }
    }

    public void SessionStarted(ReadOnlySpan<byte> clientIdentifier)
    {
        // Said by ClientConnected, which follows.
    }

    public void SessionEnded(ReadOnlySpan<byte> clientIdentifier, long queuedMessages)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            BrokerLog.SessionEnded(logger, Text(clientIdentifier), queuedMessages);
        }
    }

    private static long Now => MonotonicClock.ToMilliseconds(MonotonicClock.Timestamp);

    // A client chooses its identifier: control characters must not reach a terminal or fake a line.
    private static string Text(ReadOnlySpan<byte> clientIdentifier)
    {
        const int Shown = 128;
        string text = Encoding.UTF8.GetString(clientIdentifier[..Math.Min(clientIdentifier.Length, Shown)]);
        return text.Any(IsUnprintable) ? string.Concat(text.Select(each => IsUnprintable(each) ? '?' : each)) : text;
    }

    private static bool IsUnprintable(char each) => char.IsControl(each) || each is '\u2028' or '\u2029';

    private static string Name(ProtocolVersion version) => version switch
    {
        ProtocolVersion.Mqtt31 => "3.1",
        ProtocolVersion.Mqtt311 => "3.1.1",
        _ => "5.0",
    };
}
