using System.Diagnostics;
using System.Globalization;
using Godwit.Fuzz;
using SharpFuzz;

const string Usage = """
    Usage: godwit-fuzz COMMAND

      list                          the targets
      corpus TARGET DIRECTORY       write the inputs to start from
      replay TARGET FILE|HEX...     run inputs once and say what happens; - reads standard input
      mutate TARGET [COUNT [SEED]]  so many random inputs without coverage (default 100000, 1)
      run TARGET                    what afl-fuzz starts: see fuzz.sh
    """;

if (args is ["list"])
{
    foreach (var each in FuzzTargets.All)
    {
        Console.WriteLine(each.Name);
    }

    return 0;
}

if (args.Length < 2)
{
    Console.Error.WriteLine(Usage);
    return args is ["--help"] or ["-h"] ? 0 : 2;
}

if (FuzzTargets.Find(args[1]) is not { } target)
{
    Console.Error.WriteLine($"There is no target '{args[1]}'. Targets: {string.Join(", ", FuzzTargets.All.Select(each => each.Name))}.");
    return 2;
}

switch (args[0])
{
    case "corpus" when args.Length == 3:
        return Corpus(target, args[2]);
    case "replay" when args.Length > 2:
        return args[2..].Select(input => Replay(target, input)).Max();
    case "mutate" when TryReadNumber(2, 100_000, out int count) && TryReadNumber(3, 1, out int seed):
        return Mutate(target, count, seed);
    case "run" when args.Length == 2:
        RunUnderFuzzer(target);
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

bool TryReadNumber(int index, int otherwise, out int value)
{
    value = otherwise;
    return args.Length <= index || int.TryParse(args[index], NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

static int Corpus(IFuzzTarget target, string directory)
{
    Directory.CreateDirectory(directory);
    int count = 0;
    foreach (byte[] input in target.Seeds().DistinctBy(Convert.ToHexString))
    {
        File.WriteAllBytes(Path.Combine(directory, $"{count++:D4}"), input);
    }

    Console.WriteLine($"{target.Name}: {count} inputs");
    return 0;
}

static int Replay(IFuzzTarget target, string name)
{
    byte[] input;
    if (name == "-")
    {
        using var stream = new MemoryStream();
        Console.OpenStandardInput().CopyTo(stream);
        input = stream.ToArray();
    }
    else if (File.Exists(name))
    {
        input = File.ReadAllBytes(name);
    }
    else
    {
        try
        {
            input = Convert.FromHexString(name);
        }
        catch (FormatException)
        {
            Console.Error.WriteLine($"{name} is neither a file nor hexadecimal.");
            return 2;
        }
    }

    Console.WriteLine($"{target.Name} {Convert.ToHexString(input)}");
    return Try(target, input) ? 0 : 1;
}

static bool Try(IFuzzTarget target, byte[] input)
{
    try
    {
        target.Run(input);
        return true;
    }
    catch (Exception exception) // whatever it is, it is the finding
    {
        Console.WriteLine(exception);
        return false;
    }
}

static int Mutate(IFuzzTarget target, int count, int seed)
{
    var mutator = new Mutator([.. target.Seeds()], seed);
    long begin = Stopwatch.GetTimestamp();
    for (int i = 0; i < count; i++)
    {
        byte[] input = mutator.Next();
        if (!Try(target, input))
        {
            Console.WriteLine($"replay {target.Name} {Convert.ToHexString(input)}");
            return 1;
        }
    }

    double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name}: {count} inputs, {count / seconds:F0}/s, nothing found"));
    return 0;
}

static void RunUnderFuzzer(IFuzzTarget target)
{
    using var buffer = new MemoryStream();
    Fuzzer.Run(stream =>
    {
        buffer.SetLength(0);
        stream.CopyTo(buffer);
        target.Run(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    });
}
