namespace Godwit.Engine.Mailboxes;

/// <summary>
/// What other loops have for one loop. A sender hands over all of a turn at once under a short lock; the owner swaps the
/// list out. The bound on what waits is kept by the senders: they drop QoS 0 and read their publishers more slowly.
/// </summary>
internal sealed class Mailbox
{
    private readonly Lock _gate = new();
    private MailList _arriving = new();
    private MailList _taken = new();
    private int _count;
    private bool _ownerSleeps;

    /// <summary>Notes that wait; a recent value when read from another loop.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Hands notes over. True when the owner sleeps and has to be woken by the caller.</summary>
    public bool Post(ReadOnlySpan<MailItem> items)
    {
        lock (_gate)
        {
            _arriving.AddRange(items);
            Volatile.Write(ref _count, _arriving.Count);
            bool wake = _ownerSleeps;
            _ownerSleeps = false;
            return wake;
        }
    }

    /// <summary>Owner only: false when there is mail, else the next sender is told to wake the owner.</summary>
    public bool TryPrepareSleep()
    {
        lock (_gate)
        {
            _ownerSleeps = _arriving.Count == 0;
            return _ownerSleeps;
        }
    }

    /// <summary>Owner only: awake again.</summary>
    public void Awoken()
    {
        lock (_gate)
        {
            _ownerSleeps = false;
        }
    }

    /// <summary>Owner only: everything that has arrived; the list is valid until the next call.</summary>
    public MailList Take()
    {
        if (Count == 0)
        {
            return _taken;
        }

        lock (_gate)
        {
            (_arriving, _taken) = (_taken, _arriving);
            Volatile.Write(ref _count, 0);
        }

        return _taken;
    }
}
