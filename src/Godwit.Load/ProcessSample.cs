namespace Godwit.Load;

/// <summary>Clocks at one moment, or the difference between two; all in nanoseconds.</summary>
/// <param name="Time">The clock of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="BrokerCpu">CPU time of the broker's processes, user and system, all threads.</param>
/// <param name="LoadCpu">CPU time of this process.</param>
/// <param name="ProcessorBusy">Time that the watched processor was not idle, in the kernel's steps of 10 ms.</param>
public readonly record struct ProcessSample(long Time, long BrokerCpu, long LoadCpu, long ProcessorBusy)
{
    /// <summary>What passed between two samples.</summary>
    public static ProcessSample operator -(ProcessSample left, ProcessSample right) => new(
        left.Time - right.Time,
        left.BrokerCpu - right.BrokerCpu,
        left.LoadCpu - right.LoadCpu,
        left.ProcessorBusy - right.ProcessorBusy);

    /// <summary>The sum of two differences.</summary>
    public static ProcessSample operator +(ProcessSample left, ProcessSample right) => new(
        left.Time + right.Time,
        left.BrokerCpu + right.BrokerCpu,
        left.LoadCpu + right.LoadCpu,
        left.ProcessorBusy + right.ProcessorBusy);

    /// <summary>As <c>-</c>.</summary>
    public static ProcessSample Subtract(ProcessSample left, ProcessSample right) => left - right;

    /// <summary>As <c>+</c>.</summary>
    public static ProcessSample Add(ProcessSample left, ProcessSample right) => left + right;

    /// <summary>The time in seconds.</summary>
    public double Seconds => Time / 1e9;

    /// <summary>Cores that the broker kept busy.</summary>
    public double BrokerBusy => Time == 0 ? 0 : (double)BrokerCpu / Time;

    /// <summary>Cores that this process kept busy.</summary>
    public double LoadBusy => Time == 0 ? 0 : (double)LoadCpu / Time;

    /// <summary>Share of the watched processor that others than the broker took.</summary>
    public double ForeignBusy => Time == 0 ? 0 : Math.Max(0, (double)(ProcessorBusy - BrokerCpu) / Time);
}
