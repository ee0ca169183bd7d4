using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Godwit.Load.Engine;

/// <summary>The calls of the C library on Linux that the load needs; blittable arguments only.</summary>
internal static unsafe partial class Libc
{
    internal const int ErrnoInterrupted = 4;
    internal const int ErrnoAgain = 11;
    internal const int ErrnoInProgress = 115;
    internal const int ErrnoTooManyOpenFiles = 24;
    internal const int ErrnoTooManyOpenFilesInSystem = 23;
    internal const int ErrnoAddressInUse = 98;
    internal const int ErrnoAddressNotAvailable = 99;

    internal const uint EpollIn = 0x001;
    internal const uint EpollOut = 0x004;
    internal const uint EpollErr = 0x008;
    internal const uint EpollHup = 0x010;
    internal const int EpollAdd = 1;
    internal const int EpollModify = 3;

    private const int AddressFamilyInet = 2;
    private const int AddressFamilyInet6 = 10;
    private const int SocketStream = 1;
    private const int SocketNonBlocking = 0x800;
    private const int SocketCloseOnExec = 0x80000;
    private const int LevelIp = 0;
    private const int LevelSocket = 1;
    private const int LevelTcp = 6;
    private const int OptionError = 4;
    private const int OptionTcpNoDelay = 1;
    private const int OptionBindAddressNoPort = 24;
    private const int MessageNoSignal = 0x4000;
    private const int ResourceOpenFiles = 7;
    private const int EpollCloseOnExec = 0x80000;

    // The kernel packs epoll_event to 12 bytes on x86-64 only; elsewhere the 64-bit data is aligned.
    internal static readonly int EpollEventLength = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    internal static readonly int EpollDataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    internal static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>
    /// A non-blocking TCP socket without Nagle's delay, bound to an address, a sockaddr with port 0; an empty one: as the system chooses.
    /// </summary>
    internal static int OpenSocket(bool isIPv6, ReadOnlySpan<byte> source)
    {
        var fd = socket(isIPv6 ? AddressFamilyInet6 : AddressFamilyInet, SocketStream | SocketNonBlocking | SocketCloseOnExec, 0);
        if (fd < 0)
        {
            var error = LastError;
            throw new LoadException(
                error is ErrnoTooManyOpenFiles or ErrnoTooManyOpenFilesInSystem ? LoadFailure.OpenFiles : LoadFailure.System,
                $"no socket can be opened: {Describe(error)}");
        }

        var one = 1;
        Check(setsockopt(fd, LevelTcp, OptionTcpNoDelay, &one, sizeof(int)), "setsockopt(TCP_NODELAY)");
        if (source.Length > 0)
        {
            // The port is chosen at connect, so that only the whole 4-tuple must be free.
            Check(setsockopt(fd, LevelIp, OptionBindAddressNoPort, &one, sizeof(int)), "setsockopt(IP_BIND_ADDRESS_NO_PORT)");
            fixed (byte* address = source)
            {
                if (bind(fd, address, (uint)source.Length) != 0)
                {
                    var error = LastError;
                    Close(fd);
                    throw new LoadException(
                        error == ErrnoAddressNotAvailable ? LoadFailure.SourceAddress : LoadFailure.System, $"bind failed: {Describe(error)}");
                }
            }
        }

        return fd;
    }

    /// <summary>Begins a connection to a sockaddr; 0 or the errno.</summary>
    internal static int Connect(int fd, ReadOnlySpan<byte> target)
    {
        fixed (byte* address = target)
        {
            return connect(fd, address, (uint)target.Length) == 0 ? 0 : LastError;
        }
    }

    internal static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    internal static int SocketError(int fd)
    {
        int error;
        var length = sizeof(int);
        Check(getsockopt(fd, LevelSocket, OptionError, &error, &length), "getsockopt(SO_ERROR)");
        return error;
    }

    internal static nint Send(int fd, byte* data, nint length) => send(fd, data, length, MessageNoSignal);

    internal static nint Receive(int fd, byte* data, nint length) => recv(fd, data, length, 0);

    internal static void Close(int fd) => _ = close(fd);

    internal static int EpollCreate() => Check(epoll_create1(EpollCloseOnExec), "epoll_create1");

    internal static void EpollControl(int epoll, int operation, int fd, uint events, ulong data)
    {
        var entry = stackalloc byte[16];
        *(uint*)entry = events;
        *(ulong*)(entry + EpollDataOffset) = data;
        Check(epoll_ctl(epoll, operation, fd, entry), "epoll_ctl");
    }

    internal static int EpollWait(int epoll, byte* events, int count, int timeoutMilliseconds)
        => epoll_wait(epoll, events, count, timeoutMilliseconds);

    /// <summary>CPU time of all threads of a process, ended ones included, in nanoseconds; false when it is gone.</summary>
    internal static bool TryGetProcessCpu(int processId, out long nanoseconds)
    {
        nanoseconds = 0;
        int clock;
        var time = stackalloc long[2];
        if (clock_getcpuclockid(processId, &clock) != 0 || clock_gettime(clock, time) != 0)
        {
            return false;
        }

        nanoseconds = (time[0] * 1_000_000_000) + time[1];
        return true;
    }

    /// <summary>Raises the soft limit of open files to the hard one, for this process and those it starts.</summary>
    internal static long RaiseOpenFileLimit()
    {
        var limit = stackalloc ulong[2];
        Check(getrlimit(ResourceOpenFiles, limit), "getrlimit");
        limit[0] = limit[1];
        Check(setrlimit(ResourceOpenFiles, limit), "setrlimit");
        return (long)Math.Min(limit[1], long.MaxValue);
    }

    private static int Check(int result, string call)
        => result >= 0 ? result : throw new LoadException(LoadFailure.System, $"{call} failed: {Describe(LastError)}");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int fd, byte* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int fd, byte* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int fd, int level, int option, int* value, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int fd, int level, int option, int* value, int* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int fd, byte* data, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int fd, byte* data, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int fd, byte* entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, byte* events, int count, int timeoutMilliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int clock_getcpuclockid(int processId, int* clock);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int clock_gettime(int clock, long* time);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getrlimit(int resource, ulong* limit);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, ulong* limit);
}
