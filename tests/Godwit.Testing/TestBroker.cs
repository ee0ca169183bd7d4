namespace Godwit.Testing;

/// <summary>
/// Which broker the tests run against. By default the one of this repository, built beside the tests; GODWIT_TEST_SERVER names another binary of it.
/// GODWIT_TEST_BROKER=mosquitto runs them against Debian's mosquitto instead, in a single cell: that keeps the tests honest, because a test that a
/// mature broker fails is either wrong or has a reason, which then stands in <see cref="EveryCellAttribute.MosquittoDiffers"/>.
/// </summary>
public static class TestBroker
{
    /// <summary>The tests run against mosquitto.</summary>
    public static bool IsMosquitto { get; } = Environment.GetEnvironmentVariable("GODWIT_TEST_BROKER") switch
    {
        null or "" or "godwit" => false,
        "mosquitto" => true,
        var other => throw new InvalidOperationException($"GODWIT_TEST_BROKER is \"{other}\"; allowed are godwit and mosquitto"),
    };

    /// <summary>The cells to run. GODWIT_TEST_CELLS=OneLoopEpoll,FourLoopsEpoll narrows them while one works on something.</summary>
    public static IReadOnlyList<BrokerCell> Cells { get; } =
        Environment.GetEnvironmentVariable("GODWIT_TEST_CELLS") is { Length: > 0 } names ? [.. names.Split(',').Select(Enum.Parse<BrokerCell>)]
        : IsMosquitto ? [BrokerCell.OneLoopEpoll]
        : Enum.GetValues<BrokerCell>();
}
