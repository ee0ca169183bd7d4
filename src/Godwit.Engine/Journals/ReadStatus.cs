namespace Godwit.Engine.Journals;

/// <summary>Outcome of <see cref="IStore.TryRead"/>.</summary>
public enum ReadStatus : byte
{
    /// <summary>The record is there.</summary>
    Ready,

    /// <summary>The store is fetching it and will call <see cref="ICommitSink.ReadReady"/>.</summary>
    Pending,

    /// <summary>The index is at or beyond the horizon.</summary>
    AtHorizon,

    /// <summary>The record was given up; reading goes on at <see cref="Journal.First"/>.</summary>
    GivenUp,

    /// <summary>The record was superseded by a later one of its topic; reading goes on at the next of <see cref="Journal.Latest"/>.</summary>
    Superseded,
}
