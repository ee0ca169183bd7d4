using Godwit.Protocol;

namespace Godwit.Fuzz;

/// <summary>The wire samples of the protocol tests, valid and invalid.</summary>
internal static class Vectors
{
    private static readonly Lazy<Vector[]> All = new(() => [.. Read()]);

    public static IEnumerable<Vector> Of(ProtocolVersion version, PacketSender sender) =>
        All.Value.Where(vector => vector.Version == version && vector.Sender == sender);

    /// <summary>The valid samples of one packet type.</summary>
    public static IEnumerable<byte[]> Valid(ProtocolVersion version, PacketSender sender, PacketType type) =>
        Of(version, sender).Where(vector => vector.IsValid && vector.Bytes[0] >> 4 == (int)type).Select(vector => vector.Bytes);

    private static IEnumerable<Vector> Read()
    {
        foreach (string[] row in Rows("valid.txt"))
        {
            yield return new Vector(VersionOf(row[1]), SenderOf(row[2]), Convert.FromHexString(row[3].TrimStart('~')), true);
        }

        foreach (string[] row in Rows("invalid.txt"))
        {
            yield return new Vector(VersionOf(row[1]), SenderOf(row[2]), Convert.FromHexString(row[3]), false);
        }

        foreach (string[] row in Rows("misplaced.txt"))
        {
            yield return new Vector(ProtocolVersion.Mqtt5, SenderOf(row[1]), Convert.FromHexString(row[2]), false);
        }
    }

    private static IEnumerable<string[]> Rows(string name)
    {
        using var stream = typeof(Vectors).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length != 0 && line[0] != '#')
            {
                yield return line.Split(" | ");
            }
        }
    }

    private static ProtocolVersion VersionOf(string text) => (ProtocolVersion)(text[0] - '0');

    private static PacketSender SenderOf(string text) => Enum.Parse<PacketSender>(text, ignoreCase: true);

    internal readonly record struct Vector(ProtocolVersion Version, PacketSender Sender, byte[] Bytes, bool IsValid);
}
