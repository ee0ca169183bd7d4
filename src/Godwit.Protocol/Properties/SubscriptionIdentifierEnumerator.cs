namespace Godwit.Protocol;

/// <summary>Walks the Subscription Identifiers of a property block.</summary>
public ref struct SubscriptionIdentifierEnumerator
{
    private ReadOnlySpan<byte> _rest;

    internal SubscriptionIdentifierEnumerator(ReadOnlySpan<byte> raw)
    {
        _rest = raw;
        Current = 0;
    }

    /// <summary>The identifier at the position, 1 to 268,435,455; valid after <see cref="MoveNext"/> gave true.</summary>
    public uint Current { get; private set; }

    /// <summary>Goes to the next identifier.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        while (PropertyTable.GetLength(_rest) is var length and > 0)
        {
            var property = _rest[..length];
            _rest = _rest[length..];
            if (property[0] == (byte)PropertyIdentifier.SubscriptionIdentifier)
            {
                VariableByteInteger.TryRead(property[1..], out var value, out _);
                Current = value;
                return true;
            }
        }

        return false;
    }
}
