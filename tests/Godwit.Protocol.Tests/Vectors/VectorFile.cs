namespace Godwit.Protocol.Tests.Vectors;

/// <summary>Reads the tables of wire samples beside the test assembly.</summary>
internal static class VectorFile
{
    public static IEnumerable<string[]> Read(string name) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", name))
            .Where(line => line.Length != 0 && line[0] != '#')
            .Select(line => line.Split(" | "));

    public static PacketSender Sender(string text) => Enum.Parse<PacketSender>(text, ignoreCase: true);
}
