using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>One record as read from a journal. The reader owns one reference to <see cref="Message"/>.</summary>
/// <param name="Message">The message.</param>
/// <param name="Sequence">Place in the order of all commits of the store: a publish into several journals has the same in each.</param>
public readonly record struct JournalRecord(Message Message, long Sequence);
