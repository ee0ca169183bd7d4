namespace Godwit.Engine.Journals;

/// <summary>Whose queue a journal is.</summary>
public enum JournalKind : byte
{
    /// <summary>Of everyone who subscribes to a Topic Filter in a persistent session.</summary>
    Filter = 1,

    /// <summary>Of a shared group.</summary>
    Group = 2,

    /// <summary>Of one session.</summary>
    Session = 3,

    /// <summary>Of one session, that keeps the latest message of each topic.</summary>
    SessionLatest = 4,
}
