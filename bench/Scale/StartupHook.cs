using System.Diagnostics;
using System.Globalization;

#pragma warning disable CA1050 // The runtime looks for a type of this name in no namespace.

/// <summary>
/// Runs in a broker that is a .NET process, before its Main, where DOTNET_STARTUP_HOOKS names this assembly: writes ten times a second how many
/// garbage collections there have been into the file of GODWIT_COLLECTIONS_FILE. So collections are counted without a word in the broker.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("GODWIT_COLLECTIONS_FILE") is { } path)
        {
            new Thread(() => Write(path)) { IsBackground = true, Name = "collections" }.Start();
        }
    }

    private static void Write(string path)
    {
        using var file = new StreamWriter(path) { AutoFlush = true };
        while (true)
        {
            file.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Stopwatch.GetTimestamp()} {GC.CollectionCount(0)} {GC.CollectionCount(1)} {GC.CollectionCount(2)} {GC.GetTotalPauseDuration().TotalMilliseconds:0.000}"));
            Thread.Sleep(100);
        }
    }
}
