namespace Godwit.Engine.Journals;

/// <summary>How much may wait in a journal.</summary>
/// <param name="MessagesMax">Records, at least 1.</param>
/// <param name="BytesMax">Bytes of topic, properties and payload; one message may exceed it alone.</param>
/// <param name="RejectsNewest">True: what does not fit is not appended; false: the oldest record makes room.</param>
public readonly record struct JournalLimits(int MessagesMax, long BytesMax, bool RejectsNewest);
