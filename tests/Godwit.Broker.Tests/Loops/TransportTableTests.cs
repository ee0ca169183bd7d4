using Godwit.Broker.Loops;

namespace Godwit.Broker.Tests.Loops;

public sealed class TransportTableTests
{
    [Fact]
    public void An_event_for_one_that_left_does_not_reach_the_one_that_took_its_slot()
    {
        var table = new TransportTable();
        var first = new Plain();
        ulong key = table.Add(first);
        Assert.Same(first, table.Find(key));

        table.Remove(first);
        Assert.Null(table.Find(key));
        var second = new Plain();
        ulong nextKey = table.Add(second);
        Assert.Equal((uint)key, (uint)nextKey);
        Assert.Null(table.Find(key));
        Assert.Same(second, table.Find(nextKey));
        Assert.Equal(nextKey, table.KeyOf(second));
    }

    [Fact]
    public void Keys_of_nobody_find_nobody()
    {
        var table = new TransportTable();
        table.Add(new Plain());
        Assert.Null(table.Find(1));
        Assert.Null(table.Find(uint.MaxValue));
        Assert.Null(table.Find(ulong.MaxValue));
    }

    [Fact]
    public void It_grows_and_lists_those_who_are_in()
    {
        var table = new TransportTable();
        var all = Enumerable.Range(0, 1000).Select(_ => new Plain()).ToArray();
        foreach (var transport in all)
        {
            table.Add(transport);
        }

        foreach (var transport in all.Where((_, i) => i % 2 == 0))
        {
            table.Remove(transport);
        }

        Assert.Equal(500, table.Count);
        Assert.Equal(all.Where((_, i) => i % 2 == 1), table.ToArray());
    }

    private sealed class Plain : Transport
    {
    }
}
