using Godwit.Load.Engine;

namespace Godwit.Load.Tests;

/// <summary>What is lost, late or a copy, by the sequence numbers that come.</summary>
public class DeliveryLedgerTests
{
    private static readonly Scenario Pairs = new() { Kind = ScenarioKind.Pairs, Publishers = 2, Subscribers = 2, Window = 8 };

    [Fact]
    public void In_order_nothing_is_wrong()
    {
        var ledger = new DeliveryLedger(Pairs);
        for (var sequence = 0; sequence < 5; sequence++)
        {
            Assert.True(ledger.Note(1, 1, sequence, false, out var first));
            Assert.Equal(sequence, first);
        }

        Assert.Equal((0, 0, 0), (ledger.DuplicatedCount, ledger.UnmarkedCount, ledger.ReorderedCount));
    }

    [Fact]
    public void What_was_passed_over_is_done_with_and_late_when_it_comes()
    {
        var ledger = new DeliveryLedger(Pairs);
        Assert.True(ledger.Note(0, 0, 3, false, out var first));
        Assert.Equal(0, first);
        Assert.False(ledger.Note(0, 0, 1, false, out _));
        Assert.Equal((0, 1), (ledger.DuplicatedCount, ledger.ReorderedCount));
        Assert.True(ledger.Note(0, 0, 4, false, out first));
        Assert.Equal(4, first);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void What_comes_again_is_a_copy_with_or_without_the_flag(bool isMarked, int unmarked)
    {
        var ledger = new DeliveryLedger(Pairs);
        ledger.Note(0, 0, 0, false, out _);
        Assert.False(ledger.Note(0, 0, 0, isMarked, out _));
        Assert.Equal((1, unmarked, 0), (ledger.DuplicatedCount, ledger.UnmarkedCount, ledger.ReorderedCount));
    }

    [Fact]
    public void Where_all_publish_to_all_each_subscriber_has_an_order_for_each_publisher()
    {
        var ledger = new DeliveryLedger(new Scenario { Kind = ScenarioKind.FanOut, Publishers = 3, Subscribers = 2, Window = 8 });
        for (var subscriber = 0; subscriber < 2; subscriber++)
        {
            for (var publisher = 0; publisher < 3; publisher++)
            {
                Assert.True(ledger.Note(subscriber, publisher, 0, false, out var first));
                Assert.Equal(0, first);
            }
        }

        Assert.Equal(0, ledger.DuplicatedCount);
    }

    [Fact]
    public void In_a_group_gaps_at_a_member_are_no_loss_and_copies_are_found_at_any_member()
    {
        var ledger = new DeliveryLedger(new Scenario { Kind = ScenarioKind.Shared, Publishers = 2, Subscribers = 3, Window = 8 });
        Assert.True(ledger.Note(0, 1, 0, false, out _));
        Assert.True(ledger.Note(2, 1, 1, false, out _));
        Assert.True(ledger.Note(0, 1, 5, false, out _));
        Assert.True(ledger.Note(1, 1, 4, false, out _)); // after 5, but at another member
        Assert.Equal((0, 0), (ledger.DuplicatedCount, ledger.ReorderedCount));
        Assert.True(ledger.Note(0, 1, 3, false, out _)); // after 5 at the same member
        Assert.Equal((0, 1), (ledger.DuplicatedCount, ledger.ReorderedCount));
        Assert.False(ledger.Note(1, 1, 5, false, out _));
        Assert.Equal((1, 1), (ledger.DuplicatedCount, ledger.UnmarkedCount));
        Assert.True(ledger.Note(1, 0, 5, false, out _)); // of another publisher
    }
}
