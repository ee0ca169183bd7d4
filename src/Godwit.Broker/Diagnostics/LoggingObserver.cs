using System.Text;
using Godwit.Engine.Connections;
using Godwit.Engine.Observation;
using Godwit.Protocol;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Diagnostics;

/// <summary>Turns what the engine observes into log lines; builds no string for a level that is off.</summary>
internal sealed class LoggingObserver(ILogger logger) : IEngineObserver
{
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
        if (logger.IsEnabled(LogLevel.Information))
        {
            BrokerLog.ConnectionRefused(logger, connection.RemoteAddress, cause, reason.Describe());
        }
    }

    public void ProtocolViolated(Connection connection, in ProtocolFault fault)
    {
        if (logger.IsEnabled(LogLevel.Warning))
        {
            BrokerLog.ProtocolViolated(logger, Text(connection.ClientIdentifier), connection.RemoteAddress, fault.Detail, fault.Statement);
        }
    }

    public void SessionEnded(ReadOnlySpan<byte> clientIdentifier, long queuedMessages)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            BrokerLog.SessionEnded(logger, Text(clientIdentifier), queuedMessages);
        }
    }

    // A client chooses its identifier: control characters must not reach a terminal or fake a line.
    private static string Text(ReadOnlySpan<byte> clientIdentifier)
    {
        const int Shown = 128;
        string text = Encoding.UTF8.GetString(clientIdentifier[..Math.Min(clientIdentifier.Length, Shown)]);
        return text.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0 && !text.Contains('\u007f', StringComparison.Ordinal)
            ? text
            : string.Concat(text.Select(each => char.IsControl(each) ? '?' : each));
    }

    private static string Name(ProtocolVersion version) => version switch
    {
        ProtocolVersion.Mqtt31 => "3.1",
        ProtocolVersion.Mqtt311 => "3.1.1",
        _ => "5.0",
    };
}
