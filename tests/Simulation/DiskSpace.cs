namespace Godwit.Simulation;

/// <summary>Whether the store's disk has room, and when it had none.</summary>
internal sealed class DiskSpace(Agenda agenda)
{
    private readonly List<(long From, long To)> _ended = [];
    private long _fullSince = Model.Never;

    /// <summary>There is no room for messages.</summary>
    public bool IsFull => _fullSince != Model.Never;

    /// <summary>Every write is refused, too.</summary>
    public bool RefusesWrites { get; private set; }

    /// <summary>There is room again.</summary>
    public Action Relieved { get; set; } = () => { };

    public void Fill(long duration, bool refusesWrites)
    {
        if (IsFull)
        {
            return;
        }

        _fullSince = agenda.Now;
        RefusesWrites = refusesWrites;
        agenda.After(duration, () =>
        {
            _ended.Add((_fullSince, agenda.Now));
            _fullSince = Model.Never;
            RefusesWrites = false;
            Relieved();
        });
    }

    /// <summary>It was full at some time since <paramref name="from"/>.</summary>
    public bool WasFullSince(long from) => IsFull || _ended.Exists(each => each.To >= from);

    /// <summary>It has been full all the time since <paramref name="from"/>.</summary>
    public bool IsFullSince(long from) => _fullSince < from;
}
