namespace Godwit.Crash;

/// <summary>How a run ended.</summary>
internal sealed record CrashResult
{
    internal required int Rounds { get; init; }

    internal required int Kills { get; init; }

    internal required long Published { get; init; }

    internal required long Delivered { get; init; }

    /// <summary>Second deliveries at QoS 1, which are allowed.</summary>
    internal required long Duplicates { get; init; }

    internal required long Violations { get; init; }

    internal required IReadOnlyList<string> Details { get; init; }

    internal required int RecoveryMedian { get; init; }

    internal required int RecoveryMaximum { get; init; }

    internal required int RetainedLooks { get; init; }

    /// <summary>Where the broker's data lies after a violation; null: nowhere.</summary>
    internal required string? Data { get; init; }

    public override string ToString() =>
        $"rounds {Rounds}, kills {Kills}, published {Published}, delivered {Delivered} ({Duplicates} again at QoS 1), retained looks {RetainedLooks}, violations {Violations}, recovery ms median/max {RecoveryMedian}/{RecoveryMaximum}";
}
