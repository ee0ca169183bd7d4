using Godwit.Engine.Messages;
using Godwit.Protocol;

namespace Godwit.Engine.Mailboxes;

/// <summary>One note from one loop to another. Which fields mean something follows from <see cref="Kind"/>.</summary>
internal struct MailItem
{
    public MailKind Kind;

    /// <summary>The next item belongs to the same message: another filter that it matched.</summary>
    public bool Continues;
    public QualityOfService QoS;

    /// <summary>The note owns one reference; with <see cref="Continues"/> the last item of the run owns it.</summary>
    public Message? Message;
    public object? Subject;
    public object? Member;
    public long Value;
}
