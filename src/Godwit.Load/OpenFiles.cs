using Godwit.Load.Engine;

namespace Godwit.Load;

/// <summary>The limit of open files, of which a connection takes one.</summary>
public static class OpenFiles
{
    // The program's own: libraries, pipes, epoll.
    private const int Reserve = 100;

    /// <summary>Raises the soft limit to the hard one, for this process and those it starts.</summary>
    /// <returns>The limit.</returns>
    public static long RaiseLimit() => Libc.RaiseOpenFileLimit();

    /// <summary>Raises the limit and makes sure that it suffices.</summary>
    /// <exception cref="LoadException">It does not.</exception>
    internal static void Ensure(int connections)
    {
        if (RaiseLimit() is var limit && connections + Reserve > limit)
        {
            throw new LoadException(LoadFailure.OpenFiles, $"{connections} connections need more open files than this process may have, which is {limit}");
        }
    }
}
