namespace Godwit.Client.Sessions;

/// <summary>Publications that wait to be sent, linked through the commands themselves: no allocation, removal at any place.</summary>
internal sealed class PublishQueue
{
    private PublishCommand? _last;

    public PublishCommand? First { get; private set; }

    public bool IsEmpty => First is null;

    public void Add(PublishCommand command)
    {
        command.Queue = this;
        command.Previous = _last;
        if (_last is null)
        {
            First = command;
        }
        else
        {
            _last.Next = command;
        }

        _last = command;
    }

    public void Remove(PublishCommand command)
    {
        if (command.Previous is null)
        {
            First = command.Next;
        }
        else
        {
            command.Previous.Next = command.Next;
        }

        if (command.Next is null)
        {
            _last = command.Previous;
        }
        else
        {
            command.Next.Previous = command.Previous;
        }

        command.Queue = null;
        command.Previous = null;
        command.Next = null;
    }
}
