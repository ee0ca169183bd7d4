namespace Godwit.Simulation;

/// <summary>All chance of one run, from its seed (SplitMix64): the same on every machine and version of .NET.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    public ulong Next64()
    {
        ulong value = _state += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>From 0 to below <paramref name="end"/>.</summary>
    public int Below(int end) => (int)(Next64() % (ulong)end);

    /// <summary>From <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public int Between(int first, int last) => first + Below(last - first + 1);

    /// <summary>True in so many of a hundred cases.</summary>
    public bool Percent(int percent) => Below(100) < percent;

    public T Pick<T>(params ReadOnlySpan<T> values) => values[Below(values.Length)];

    public T Pick<T>(IReadOnlyList<T> values) => values[Below(values.Count)];

    /// <summary>A source of its own, so that what one part draws does not shift what another draws.</summary>
    public Chance Fork() => new(Next64());
}
