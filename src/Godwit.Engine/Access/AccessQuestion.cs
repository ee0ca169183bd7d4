using Godwit.Engine.Connections;
using Godwit.Engine.Messages;

namespace Godwit.Engine.Access;

/// <summary>
/// A question about one connection, under which a policy may answer later. Made once per connection and kind and used again;
/// a question is answered before the next of its kind is asked.
/// </summary>
public sealed class AccessQuestion
{
    private AccessDecision? _answer;

    internal AccessQuestion(Connection connection, AccessQuestionKind kind)
    {
        Connection = connection;
        Kind = kind;
    }

    /// <summary>The connection in question. Only on its loop: the connection is not to be looked at from elsewhere.</summary>
    public Connection Connection { get; }

    internal AccessQuestionKind Kind { get; }

    /// <summary>Asked, and not answered yet.</summary>
    internal bool IsOpen { get; private set; }

    /// <summary>The message in question, with one reference; only while an answer about a message is due or not yet used.</summary>
    internal Message? Subject { get; set; }

    internal void Ask()
    {
        Invariant.That(!IsOpen, "a question was asked again before its answer");
        IsOpen = true;
        _answer = null;
    }

    internal void Close() => IsOpen = false;

    internal void Answer(AccessDecision decision)
    {
        IsOpen = false;
        _answer = decision;
    }

    internal AccessDecision? PeekAnswer() => _answer;

    internal AccessDecision? TakeAnswer()
    {
        var answer = _answer;
        _answer = null;
        return answer;
    }

    internal void ReleaseSubject(MessagePool pool)
    {
        Subject?.Release(pool);
        Subject = null;
    }
}
