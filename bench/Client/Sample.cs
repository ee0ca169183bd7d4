using System.Globalization;

namespace Godwit.ClientBench;

/// <summary>What one client process reports of its measured seconds.</summary>
internal sealed record Sample(long Messages, double Seconds, double CpuMicroseconds, long AllocatedBytes)
{
    internal double CpuPerMessage => CpuMicroseconds / Messages;

    internal double BytesPerMessage => (double)AllocatedBytes / Messages;

    internal double PerSecond => Messages / Seconds;

    /// <summary>Share of the one core that the client used.</summary>
    internal double Busy => CpuMicroseconds / 1e6 / Seconds;

    internal string Write() => string.Create(CultureInfo.InvariantCulture, $"{Messages} {Seconds:R} {CpuMicroseconds:R} {AllocatedBytes}");

    internal static Sample? Read(string? line)
    {
        var words = line?.Split(' ') ?? [];
        return words.Length == 4
            && long.TryParse(words[0], CultureInfo.InvariantCulture, out var messages)
            && messages > 0
            && double.TryParse(words[1], CultureInfo.InvariantCulture, out var seconds)
            && double.TryParse(words[2], CultureInfo.InvariantCulture, out var cpu)
            && long.TryParse(words[3], CultureInfo.InvariantCulture, out var bytes)
                ? new Sample(messages, seconds, cpu, bytes)
                : null;
    }
}
