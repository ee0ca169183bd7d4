using Godwit.Engine.Journals;

namespace Godwit.Engine.Tests;

public sealed class JournalTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2880)]
    [InlineData(100_000)]
    public void A_reader_that_comes_back_behind_those_before_it_keeps_what_it_has_not_read(long behind)
    {
        const long Ahead = 200_000;
        const long Between = 150_000;
        var journal = new Journal(JournalKind.Filter, 1, "a/#"u8, new JournalLimits(int.MaxValue, long.MaxValue, RejectsNewest: false)) { Horizon = Ahead };
        journal.Enter(Ahead);
        journal.Enter(behind);
        journal.Enter(Between);

        long floor = journal.Move(Ahead, Ahead + 1000);

        Assert.InRange(floor, behind - Journal.RunLength, behind);
        Assert.InRange(journal.Leave(behind), Between - Journal.RunLength, Between);
    }
}
