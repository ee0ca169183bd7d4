using Godwit.Broker.Loops.Epoll;

namespace Godwit.Broker.Loops;

/// <summary>How many files, sockets included, this process may have open. .NET raises the soft limit to the hard one at start. For Linux.</summary>
internal static class OpenFilesLimit
{
    /// <summary>The limit; 0 when the system does not tell.</summary>
    public static unsafe long Read()
    {
        ulong* softAndHard = stackalloc ulong[2];
        return LinuxNative.GetLimit(LinuxNative.LimitOpenFiles, softAndHard) == 0 ? (long)Math.Min(softAndHard[0], long.MaxValue) : 0;
    }
}
