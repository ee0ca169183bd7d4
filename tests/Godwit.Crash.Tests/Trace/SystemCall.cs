namespace Godwit.Crash.Tests.Trace;

/// <summary>A system call that has come back.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">Its arguments as strace prints them.</param>
/// <param name="Result">What it returned.</param>
/// <param name="Begin">Line of the trace in which it began.</param>
/// <param name="End">Line of the trace in which it came back.</param>
internal sealed record SystemCall(string Name, string Arguments, long Result, int Begin, int End)
{
    /// <summary>The first argument as a file descriptor; -1 when it is none.</summary>
    internal int File
    {
        get
        {
            int end = Arguments.IndexOf(',', StringComparison.Ordinal);
            return int.TryParse(end < 0 ? Arguments : Arguments.AsSpan(0, end), out int file) ? file : -1;
        }
    }

    /// <summary>The bytes of all strings among the arguments (strace -xx), not more than the result says were taken.</summary>
    internal byte[] ReadBytes()
    {
        var bytes = new List<byte>();
        bool isInside = false;
        for (int i = 0; i < Arguments.Length; i++)
        {
            if (Arguments[i] == '"')
            {
                isInside = !isInside;
            }
            else if (isInside)
            {
                bytes.Add(Convert.ToByte(Arguments.Substring(i + 2, 2), 16));
                i += 3;
            }
        }

        return Result >= 0 && Result < bytes.Count ? [.. bytes[..(int)Result]] : [.. bytes];
    }
}
