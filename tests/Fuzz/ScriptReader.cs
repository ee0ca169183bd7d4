namespace Godwit.Fuzz;

/// <summary>Cuts an input into steps: an operation byte, a length byte, and for some operations so many bytes.</summary>
internal ref struct ScriptReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;

    /// <summary>The step's first byte.</summary>
    public byte Operation { get; private set; }

    /// <summary>The step's second byte: a length or a number.</summary>
    public byte Number { get; private set; }

    /// <summary>Goes to the next step.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        if (_rest.Length < 2)
        {
            return false;
        }

        Operation = _rest[0];
        Number = _rest[1];
        _rest = _rest[2..];
        return true;
    }

    /// <summary>Takes the step's bytes: <see cref="Number"/> of them, or what there is.</summary>
    public ReadOnlySpan<byte> TakeBytes()
    {
        int length = Math.Min(Number, _rest.Length);
        var bytes = _rest[..length];
        _rest = _rest[length..];
        return bytes;
    }
}
