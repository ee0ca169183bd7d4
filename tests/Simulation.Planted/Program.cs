using System.Diagnostics;
using System.Globalization;
using Godwit.Engine;
using Godwit.Simulation;

// godwit-simulation-planted [BUG]...: finds each planted bug within 4,000 seeds, or says which it did not find, and how many within 1,000. A bug of which a crash
// between two certain effects has to be found may take as many.
const int SeedsMax = 4000;
const int SeedsOfMost = 1000;

var bugs = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "bugs.txt"))
    .Where(line => line.StartsWith("bug ", StringComparison.Ordinal))
    .Select(line => line.Split(' ', 3))
    .Select(parts => (Number: int.Parse(parts[1], CultureInfo.InvariantCulture), What: parts[2]))
    .Where(bug => args.Length == 0 || args.Contains(bug.Number.ToString(CultureInfo.InvariantCulture)))
    .ToList();
int missed = 0;
int quick = 0;
foreach (var (number, what) in bugs)
{
    Planted.Active = number;
    long begin = Stopwatch.GetTimestamp();
    ulong foundBy = 0;
    string? failure = null;
    for (ulong seed = 1; seed <= SeedsMax && failure is null; seed++)
    {
        failure = Simulation.Run(Plan.From(seed))?.What;
        foundBy = seed;
    }

    missed += failure is null ? 1 : 0;
    quick += failure is not null && foundBy <= SeedsOfMost ? 1 : 0;
    string found = failure is null ? "NOT FOUND" : $"seed {foundBy,4}";
    Console.WriteLine($"{number,3} {found} {Stopwatch.GetElapsedTime(begin).TotalSeconds,5:f1} s  {what}{(failure is null ? "" : $" -> {failure.Split('\n')[0]}")}");
}

Console.WriteLine($"{bugs.Count - missed} of {bugs.Count} planted bugs found, {quick} of them within {SeedsOfMost} seeds");
return missed == 0 ? 0 : 1;
