namespace Godwit.Engine.Timing;

/// <summary>
/// The deadlines of one shard: a four-ary heap that knows each timer's place, so that moving and cancelling need no search.
/// Equal deadlines fire in the order in which they were set: the engine stays deterministic.
/// </summary>
internal sealed class DeadlineQueue
{
    private const int Arity = 4;

    private DeadlineTimer[] _heap = new DeadlineTimer[16];
    private int _count;
    private ulong _nextOrder;

    public int Count => _count;

    /// <summary>The earliest deadline, <see cref="long.MaxValue"/> when there is none.</summary>
    public long Next => _count == 0 ? long.MaxValue : _heap[0].Deadline;

    public void Set(DeadlineTimer timer, long deadline)
    {
        timer.QueueOrder = _nextOrder++;
        if (timer.QueueIndex == DeadlineTimer.NotQueued)
        {
            if (_count == _heap.Length)
            {
                Array.Resize(ref _heap, _count * 2);
            }

            timer.Deadline = deadline;
            timer.QueueIndex = _count;
            _heap[_count++] = timer;
            SiftUp(timer);
            return;
        }

        long before = timer.Deadline;
        timer.Deadline = deadline;
        if (deadline < before)
        {
            SiftUp(timer);
        }
        else
        {
            SiftDown(timer);
        }
    }

    public void Cancel(DeadlineTimer timer)
    {
        int index = timer.QueueIndex;
        if (index == DeadlineTimer.NotQueued)
        {
            return;
        }

        timer.QueueIndex = DeadlineTimer.NotQueued;
        var last = _heap[--_count];
        _heap[_count] = null!;
        if (ReferenceEquals(last, timer))
        {
            return;
        }

        last.QueueIndex = index;
        _heap[index] = last;
        SiftUp(last);
        SiftDown(last);
    }

    /// <summary>Fires everything that is due, earliest first.</summary>
    public void Fire(long now)
    {
        while (_count > 0 && _heap[0].Deadline <= now)
        {
            var due = _heap[0];
            Cancel(due);
            due.OnDeadline(now);
        }
    }

    private static bool IsEarlier(DeadlineTimer left, DeadlineTimer right) =>
        left.Deadline != right.Deadline ? left.Deadline < right.Deadline : left.QueueOrder < right.QueueOrder;

    private void SiftUp(DeadlineTimer timer)
    {
        int index = timer.QueueIndex;
        while (index > 0)
        {
            int parent = (index - 1) / Arity;
            var above = _heap[parent];
            if (!IsEarlier(timer, above))
            {
                break;
            }

            above.QueueIndex = index;
            _heap[index] = above;
            index = parent;
        }

        timer.QueueIndex = index;
        _heap[index] = timer;
    }

    private void SiftDown(DeadlineTimer timer)
    {
        int index = timer.QueueIndex;
        while (true)
        {
            int first = (index * Arity) + 1;
            if (first >= _count)
            {
                break;
            }

            int smallest = first;
            int end = Math.Min(first + Arity, _count);
            for (int child = first + 1; child < end; child++)
            {
                if (IsEarlier(_heap[child], _heap[smallest]))
                {
                    smallest = child;
                }
            }

            if (!IsEarlier(_heap[smallest], timer))
            {
                break;
            }

            _heap[smallest].QueueIndex = index;
            _heap[index] = _heap[smallest];
            index = smallest;
        }

        timer.QueueIndex = index;
        _heap[index] = timer;
    }
}
