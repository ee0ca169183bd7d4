namespace Godwit.Storage.RocksDb.Tools;

/// <summary>What a check of a store has found.</summary>
public sealed record StoreCheckReport
{
    /// <summary>How much there is.</summary>
    public required StoreCounts Counts { get; init; }

    /// <summary>The first problems, errors first.</summary>
    public required IReadOnlyList<StoreProblem> Problems { get; init; }

    /// <summary>Errors in all.</summary>
    public required long ErrorCount { get; init; }

    /// <summary>Things left over in all.</summary>
    public required long LeftoverCount { get; init; }

    /// <summary>What is wrong with the log and what would be lost with it, as a sentence; null when it is whole or ends in a commit that was never finished.</summary>
    public string? LogDamage { get; init; }

    /// <summary>True when nothing is lost and a server can start.</summary>
    public bool IsSound => ErrorCount == 0 && LogDamage is null;
}
