namespace Godwit.Client.Streams;

/// <summary>Waits that ended under the client's lock, to be woken after it. All members but <see cref="Run"/> need the lock.</summary>
internal sealed class CompletionBatch(Lock gate)
{
    private readonly Stack<List<ICompletion>> _spare = [];
    private List<ICompletion> _current = [];

    public void Add(ICompletion completion) => _current.Add(completion);

    /// <summary>What ended since the last call, or null; to be given to <see cref="Run"/> once the lock is released.</summary>
    public List<ICompletion>? Take()
    {
        if (_current.Count == 0)
        {
            return null;
        }

        var taken = _current;
        _current = _spare.TryPop(out var spare) ? spare : [];
        return taken;
    }

    public void Run(List<ICompletion>? taken)
    {
        if (taken is null)
        {
            return;
        }

        foreach (var completion in taken)
        {
            completion.Complete();
        }

        taken.Clear();
        lock (gate)
        {
            _spare.Push(taken);
        }
    }
}
