using System.Diagnostics;
using System.Globalization;
using Godwit.Simulation;

const string Usage = """
    Usage: godwit-simulation [--seeds COUNT] [--from SEED] [--seed SEED] [--all]

      --seeds COUNT   run so many seeds (default 1000)
      --from SEED     the first of them (default 1)
      --seed SEED     run this one and print what happened
      --all           go on after the first seed that fails
    """;

ulong from = 1;
long count = 1000;
bool goesOn = false;
ulong? only = null;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--seeds" when i + 1 < args.Length && long.TryParse(args[i + 1], CultureInfo.InvariantCulture, out count):
        case "--from" when i + 1 < args.Length && ulong.TryParse(args[i + 1], CultureInfo.InvariantCulture, out from):
            i++;
            break;
        case "--seed" when i + 1 < args.Length && ulong.TryParse(args[i + 1], CultureInfo.InvariantCulture, out ulong seed):
            only = seed;
            i++;
            break;
        case "--all":
            goesOn = true;
            break;
        default:
            Console.Error.WriteLine(Usage);
            return args[i] is "--help" or "-h" ? 0 : 1;
    }
}

if (only is { } one)
{
    return SeedReport.Show(one);
}

long begin = Stopwatch.GetTimestamp();
var failed = new List<ulong>();
long done = 0;
object gate = new();
Parallel.For(0, count, (index, state) =>
{
    ulong seed = from + (ulong)index;
    var failure = Simulation.Run(Plan.From(seed));
    lock (gate)
    {
        done++;
        if (failure is not null)
        {
            failed.Add(seed);
            Console.WriteLine($"seed {seed}: {failure.What}");
            if (!goesOn)
            {
                state.Stop();
            }
        }

        if (done % 500 == 0)
        {
            Console.WriteLine($"{done} of {count} seeds, {failed.Count} failed, {done / Stopwatch.GetElapsedTime(begin).TotalSeconds:f0} seeds/s");
        }
    }
});
Console.WriteLine($"{done} seeds, {failed.Count} failed, {Stopwatch.GetElapsedTime(begin).TotalSeconds:f1} s");
if (failed.Count > 0)
{
    SeedReport.Show(failed.Min());
}

return failed.Count == 0 ? 0 : 1;
