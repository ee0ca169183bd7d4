namespace Godwit.Protocol;

/// <summary>Copies chosen properties of a checked block in their order.</summary>
internal static class PropertyCopy
{
    public static int Copy(ReadOnlySpan<byte> raw, ulong wanted, Span<byte> destination)
    {
        var written = 0;
        for (var rest = raw; PropertyTable.GetLength(rest) is var length and > 0; rest = rest[length..])
        {
            if ((wanted >> rest[0] & 1) != 0)
            {
                rest[..length].CopyTo(destination[written..]);
                written += length;
            }
        }

        return written;
    }
}
