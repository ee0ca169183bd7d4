namespace Godwit.Fuzz;

/// <summary>Writes what a <see cref="ScriptReader"/> reads.</summary>
internal sealed class ScriptWriter(byte options)
{
    private readonly List<byte> _bytes = [options];

    public ScriptWriter Step(int operation, int number = 0)
    {
        _bytes.Add((byte)operation);
        _bytes.Add((byte)number);
        return this;
    }

    /// <summary>Steps that carry these bytes, as many as are needed.</summary>
    public ScriptWriter Send(int operation, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int length = Math.Min(bytes.Length, byte.MaxValue);
            Step(operation, length);
            _bytes.AddRange(bytes[..length]);
            bytes = bytes[length..];
        }

        return this;
    }

    public byte[] ToArray() => [.. _bytes];
}
