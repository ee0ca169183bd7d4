using System.Globalization;

namespace Godwit.Broker.Loops;

/// <summary>How many files, sockets included, this process may have open. .NET raises the soft limit to the hard one at start.</summary>
internal static class OpenFilesLimit
{
    /// <summary>The limit; 0 when the system does not tell.</summary>
    public static long Read()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/limits"))
            {
                if (line.StartsWith("Max open files", StringComparison.Ordinal))
                {
                    string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    return long.TryParse(fields[3], CultureInfo.InvariantCulture, out long limit) ? limit : 0;
                }
            }
        }
        catch (IOException)
        {
            // A system without /proc: the accept loop copes with a full table anyway.
        }

        return 0;
    }
}
