namespace Godwit.Storage.RocksDb.Tests;

/// <summary>Clocks that stand still until told otherwise.</summary>
internal sealed class FixedClock : StoreClock
{
    public long NowValue { get; set; } = 1_000_000;

    public long TimeOfDayValue { get; set; } = 1_700_000_000_000;

    public override long Now => NowValue;

    public override long TimeOfDay => TimeOfDayValue;
}
