namespace Godwit.Simulation;

/// <summary>One line of a plan. Which fields mean something follows from <see cref="Action"/>.</summary>
internal sealed record PlannedEvent(int Index, long At, PlannedAction Action, int Client)
{
    public bool CleanStart { get; init; }

    public string Topic { get; init; } = "";

    public int QoS { get; init; }

    public bool Retain { get; init; }

    /// <summary>Message Expiry Interval in seconds, 0 for none.</summary>
    public int Expiry { get; init; }

    /// <summary>Subscription options without the QoS.</summary>
    public int Options { get; init; }

    /// <summary>An empty payload, which clears what is retained.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>How long it lasts, in milliseconds.</summary>
    public int Duration { get; init; }

    /// <summary>Which of several shapes.</summary>
    public int Variant { get; init; }

    /// <summary>Where the broker dies.</summary>
    public CrashPoint Point { get; init; }

    /// <summary>By how many milliseconds the time of day is set back while the broker is down.</summary>
    public int SetBackBy { get; init; }

    public override string ToString() => Action switch
    {
        PlannedAction.Crash => $"[{Index}] {At} CRASH {Point}, down for {Duration} ms{(SetBackBy > 0 ? $", clock set back by {SetBackBy} ms" : "")}{(Variant > 0 ? $", dies {Variant} times before its first turn" : "")}",
        PlannedAction.Publish => $"[{Index}] {At} c{Client} publish {Topic} q{QoS}{(Retain ? " retain" : "")}{(IsEmpty ? " empty" : "")}{(Expiry > 0 ? $" expiry={Expiry}" : "")}",
        PlannedAction.Subscribe => $"[{Index}] {At} c{Client} subscribe {Topic} q{QoS} options={Options:X}",
        PlannedAction.Unsubscribe => $"[{Index}] {At} c{Client} unsubscribe {Topic}",
        PlannedAction.Connect => $"[{Index}] {At} c{Client} connect{(CleanStart ? " clean" : "")}",
        PlannedAction.Stall or PlannedAction.FreezeLoop or PlannedAction.FillDisk => $"[{Index}] {At} c{Client} {Action} {Duration} ms",
        _ => $"[{Index}] {At} c{Client} {Action}",
    };
}
