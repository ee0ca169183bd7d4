using Godwit.DurableBench;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(DurableOptions.Help);
    return 0;
}

if (DurableOptions.TryParse(args, out var options) is { } fault)
{
    Console.Error.WriteLine(fault);
    return 2;
}

foreach (string scenario in options.Scenarios)
{
    await (scenario switch
    {
        "backlog" => Scenarios.BacklogAsync(options),
        "fanout" => Scenarios.FanOutAsync(options),
        _ => Scenarios.RestartAsync(options),
    });
}

return 0;
