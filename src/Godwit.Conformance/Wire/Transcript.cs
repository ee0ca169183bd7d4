namespace Godwit.Conformance.Wire;

/// <summary>The packets of one connection in both directions, the first bytes of each.</summary>
public sealed class Transcript(int connection, Action<string> write)
{
    private const int BytesShown = 64;

    /// <summary>Bytes that were sent to the broker.</summary>
    public void Sent(ReadOnlySpan<byte> bytes) => write($"#{connection} -> {Show(bytes)}");

    /// <summary>A packet that the broker sent.</summary>
    public void Received(ReadOnlySpan<byte> packet) => write($"#{connection} <- {Show(packet)}");

    /// <summary>The broker closed the connection.</summary>
    public void Closed() => write($"#{connection} <- (closed)");

    private static string Show(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= BytesShown ? Convert.ToHexString(bytes) : $"{Convert.ToHexString(bytes[..BytesShown])}... ({bytes.Length} bytes)";
}
