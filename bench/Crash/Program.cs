using Godwit.Crash;

var (options, problem) = CrashOptions.Read(args);
if (options is null)
{
    Console.Error.WriteLine(problem);
    return 2;
}

if (options.WantsHelp)
{
    Console.WriteLine(CrashOptions.Help);
    return 0;
}

if (options.HasPaho && !PahoPeers.IsInstalled())
{
    Console.Error.WriteLine("Paho is not installed (Debian: python3-paho-mqtt); --no-paho runs without it");
    return 2;
}

Console.WriteLine($"seed {options.Seed}, level {options.Level}");
var result = await CrashRun.RunAsync(options, Console.WriteLine);
foreach (string violation in result.Details)
{
    Console.WriteLine(violation);
}

Console.WriteLine(result);
if (result.Data is { } data)
{
    Console.WriteLine($"the broker's data: {data}");
}

return result.Violations == 0 ? 0 : 1;
