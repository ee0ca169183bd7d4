namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Passes on how far something has come, once a second at most.</summary>
internal sealed class ProgressPace(Action<string>? tell)
{
    private const long PauseMilliseconds = 1000;

    private long _told = Environment.TickCount64;

    public void Tell(FormattableString text)
    {
        if (tell is not null && Environment.TickCount64 - _told >= PauseMilliseconds)
        {
            _told = Environment.TickCount64;
            tell(FormattableString.Invariant(text));
        }
    }
}
