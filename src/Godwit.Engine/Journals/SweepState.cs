namespace Godwit.Engine.Journals;

/// <summary>Whether a journal is looked at for records that fall due.</summary>
public enum SweepState : byte
{
    /// <summary>Nothing that it holds falls due.</summary>
    Idle,

    /// <summary>It is looked at when its time has come.</summary>
    Queued,

    /// <summary>Something in it falls due, behind a first record that does not: it is looked at when that has gone.</summary>
    AwaitsFront,
}
