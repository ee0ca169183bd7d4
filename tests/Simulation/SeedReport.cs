namespace Godwit.Simulation;

/// <summary>Prints one seed: the broken rule, the shortest plan that breaks it, and what happens then.</summary>
internal static class SeedReport
{
    public static int Show(ulong seed)
    {
        var plan = Plan.From(seed);
        if (Simulation.Run(plan) is not { } failure)
        {
            Console.WriteLine($"seed {seed}: nothing found");
            return 0;
        }

        var (shortest, _) = Minimizer.Minimize(plan, failure);
        var last = Simulation.Run(shortest, isTraced: true)!;
        Console.WriteLine($"seed {seed}: {failure.What}");
        Console.WriteLine($"{shortest.Options.Shards} loops, {shortest.Store}, {shortest.Options.QueuedMessagesMax} messages for a session, then {shortest.Options.QueueOverflow}, {shortest.Options.CursorsPerRecordMax} places in a record; clients:");
        foreach (var client in shortest.Clients)
        {
            Console.WriteLine($"  {client}");
        }

        Console.WriteLine($"{shortest.Events.Count} of {plan.Events.Count} events are enough for: {last.What}");
        foreach (var planned in shortest.Events)
        {
            Console.WriteLine($"  {planned}");
        }

        Console.WriteLine("what happens then:");
        foreach (string line in last.Trace)
        {
            Console.WriteLine($"  {line}");
        }

        return 1;
    }
}
