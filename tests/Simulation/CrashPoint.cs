namespace Godwit.Simulation;

/// <summary>Between which two effects the broker dies.</summary>
internal enum CrashPoint
{
    /// <summary>Between two turns, whatever they are.</summary>
    Anywhere,

    /// <summary>When a loop has handed over its writes, in the middle of its turn.</summary>
    AfterSubmit,

    /// <summary>When a commit is about to be written, or is being written.</summary>
    BeforeCommit,

    /// <summary>When it is written, and no loop has been told.</summary>
    AfterCommit,

    /// <summary>When some loops have been told and others not.</summary>
    BeforeNotice,

    /// <summary>When a loop has been told and has done nothing yet.</summary>
    AfterNotice,

    /// <summary>When a turn has done its work and has sent nothing yet.</summary>
    BeforeSend,

    /// <summary>When one connection's bytes are sent and the others' not.</summary>
    AfterSend,
}
