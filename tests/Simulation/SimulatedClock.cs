using Godwit.Storage.RocksDb;

namespace Godwit.Simulation;

/// <summary>The clocks of one life of the broker: the engine's begins anywhere, the time of day goes on, or back where somebody sets it.</summary>
internal sealed class SimulatedClock(Agenda agenda, long engineOffset, long setBackBy) : StoreClock
{
    // 2025, in milliseconds since 1970.
    private const long Begin = 1_735_689_600_000;

    public override long Now => agenda.Now + engineOffset;

    public override long TimeOfDay => Begin + agenda.Now - setBackBy;

    /// <summary>A time of the engine's clock on the agenda.</summary>
    public long OnAgenda(long time) => time - engineOffset;
}
