namespace Godwit.Crash;

/// <summary>Milliseconds by number, -1 where there is none.</summary>
internal sealed class Times
{
    private int[] _values = [];

    /// <summary>One above the highest number that has a time.</summary>
    internal int Count { get; private set; }

    internal int this[int number]
    {
        get => number < Count ? _values[number] : -1;
        set
        {
            if (number >= _values.Length)
            {
                int length = _values.Length;
                Array.Resize(ref _values, Math.Max(number + 1, 2 * length + 64));
                _values.AsSpan(length).Fill(-1);
            }

            _values[number] = value;
            Count = Math.Max(Count, number + 1);
        }
    }
}
