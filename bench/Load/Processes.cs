using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Godwit.LoadBench;

/// <summary>What is done to processes: putting them on a core, and ending them.</summary>
internal static unsafe partial class Processes
{
    internal const int SignalKill = 9;
    internal const int SignalTerminate = 15;

    /// <summary>Puts a thread (0: the calling one) on one processor; children that it starts inherit that.</summary>
    internal static void Pin(int threadId, int processor)
    {
        var mask = stackalloc ulong[16];
        new Span<ulong>(mask, 16).Clear();
        mask[processor >> 6] = 1UL << (processor & 63);
        if (sched_setaffinity(threadId, 128, (byte*)mask) != 0)
        {
            throw new LoadException(LoadFailure.System, $"sched_setaffinity failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Puts this process's threads on one processor: the runtime's own (compiler, collector, signals) stay off the broker's core as well.</summary>
    internal static void PinOwnThreads(int processor)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc/self/task"))
        {
            Pin(int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture), processor);
        }
    }

    internal static void Kill(int processId, int signal) => _ = kill(processId, signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int threadId, nint length, byte* mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int processId, int signal);
}
