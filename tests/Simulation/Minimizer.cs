namespace Godwit.Simulation;

/// <summary>Leaves events out of a plan that fails for as long as it goes on failing.</summary>
internal static class Minimizer
{
    private const int RunsMax = 2_000;

    public static (Plan Plan, Failure Failure) Minimize(Plan plan, Failure failure)
    {
        var events = plan.Events.ToList();
        int runs = 0;
        string kind = KindOf(failure);
        for (int size = Math.Max(1, events.Count / 2); size >= 1 && runs < RunsMax; size = size == 1 ? 0 : size / 2)
        {
            for (int at = 0; at < events.Count && runs < RunsMax;)
            {
                var fewer = events.ToList();
                fewer.RemoveRange(at, Math.Min(size, events.Count - at));
                runs++;
                if (Simulation.Run(plan.With(fewer)) is { } again && KindOf(again) == kind)
                {
                    events = fewer;
                    failure = again;
                }
                else
                {
                    at += size;
                }
            }
        }

        return (plan.With(events), failure);
    }

    // What is broken, without who and when: else the shortest plan may be one that breaks something else.
    private static string KindOf(Failure failure) => string.Concat(failure.What.Where(char.IsLetter).Take(20));
}
