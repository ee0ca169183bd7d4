using Godwit.Storage.RocksDb;
using Microsoft.Extensions.Logging;

namespace Godwit.Server;

/// <summary>What the store reports, as entries of the log. Ids and names are a contract, as the broker's are: 1300-1399 store.</summary>
internal static partial class StoreLog
{
    public static void Write(ILogger logger, in StoreEvent happened)
    {
        switch (happened.Kind)
        {
            case StoreEventKind.Opened:
                Opened(logger, happened.Text);
                break;
            case StoreEventKind.LogCut:
                LogCut(logger, happened.Text);
                break;
            case StoreEventKind.Full:
                Full(logger, happened.Text);
                break;
            case StoreEventKind.NoSpace:
                NoSpace(logger, happened.Text);
                break;
            case StoreEventKind.HasRoom:
                HasRoom(logger, happened.Text);
                break;
            case StoreEventKind.NotWritten:
                NotWritten(logger, happened.Text);
                break;
            case StoreEventKind.QueuesFull:
                QueuesFull(logger, happened.Text);
                break;
            case StoreEventKind.QueuesHaveRoom:
                QueuesHaveRoom(logger, happened.Text);
                break;
            default:
                RecordsMissing(logger, happened.Text);
                break;
        }
    }

    [LoggerMessage(1300, LogLevel.Information, "{Text}")]
    private static partial void Opened(ILogger logger, string text);

    [LoggerMessage(1301, LogLevel.Warning, "{Text}")]
    private static partial void LogCut(ILogger logger, string text);

    [LoggerMessage(1302, LogLevel.Error, "{Text}")]
    private static partial void Full(ILogger logger, string text);

    [LoggerMessage(1303, LogLevel.Error, "{Text}")]
    private static partial void NoSpace(ILogger logger, string text);

    [LoggerMessage(1304, LogLevel.Warning, "{Text}")]
    private static partial void HasRoom(ILogger logger, string text);

    [LoggerMessage(1305, LogLevel.Error, "{Text}")]
    private static partial void NotWritten(ILogger logger, string text);

    [LoggerMessage(1306, LogLevel.Error, "{Text}")]
    private static partial void RecordsMissing(ILogger logger, string text);

    [LoggerMessage(1307, LogLevel.Error, "{Text}")]
    private static partial void QueuesFull(ILogger logger, string text);

    [LoggerMessage(1308, LogLevel.Warning, "{Text}")]
    private static partial void QueuesHaveRoom(ILogger logger, string text);
}
