namespace Godwit.Fuzz;

/// <summary>Changes inputs at random, the same for the same seed; without coverage, for short runs and for machines without a fuzzer.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> seeds, int seed)
{
    private const int LengthMax = 1024;

    // What is often just over or under a limit, and what begins packets and properties.
    private static readonly byte[] Interesting =
        [0x00, 0x01, 0x02, 0x7F, 0x80, 0xFF, 0x10, 0x20, 0x30, 0x32, 0x34, 0x40, 0x50, 0x62, 0x70, 0x82, 0x90, 0xA2, 0xB0, 0xC0, 0xD0, 0xE0, 0xF0, 0x0B, 0x1F, 0x23, 0x26, 0x2B];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        var bytes = new List<byte>(seeds[_random.Next(seeds.Count)]);
        for (int count = 1 + Math.Min(_random.Next(5), _random.Next(5)); count > 0; count--)
        {
            Mutate(bytes);
        }

        if (bytes.Count > LengthMax)
        {
            bytes.RemoveRange(LengthMax, bytes.Count - LengthMax);
        }

        return [.. bytes];
    }

    private void Mutate(List<byte> bytes)
    {
        int at = bytes.Count == 0 ? 0 : _random.Next(bytes.Count);
        switch (_random.Next(8))
        {
            case 0 when bytes.Count > 0:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 1 when bytes.Count > 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 2 when bytes.Count > 0:
                bytes[at] += (byte)_random.Next(-4, 5);
                break;
            case 3 when bytes.Count > 0:
                bytes[at] = Interesting[_random.Next(Interesting.Length)];
                break;
            case 4:
                bytes.Insert(at, Interesting[_random.Next(Interesting.Length)]);
                break;
            case 5 when bytes.Count > 0:
                bytes.RemoveRange(at, Math.Min(_random.Next(1, 5), bytes.Count - at));
                break;
            case 6: // some of the same once more
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(_random.Next(1, 40), bytes.Count - at)));
                break;
            default: // the rest of another input
                byte[] other = seeds[_random.Next(seeds.Count)];
                int from = _random.Next(other.Length + 1);
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(from));
                break;
        }
    }
}
