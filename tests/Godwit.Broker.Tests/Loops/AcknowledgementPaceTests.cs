using Godwit.Broker.Loops.Epoll;

namespace Godwit.Broker.Tests.Loops;

public sealed class AcknowledgementPaceTests
{
    // Near the end of the clock, so that it overflows on the way.
    private uint _now = uint.MaxValue - 500;
    private AcknowledgementPace _pace;

    [Fact]
    public void Kernel_is_asked_once_a_second_for_a_client_that_sends_without_pause()
    {
        int asked = Receive(count: 10_000, everyMilliseconds: 1);

        Assert.InRange(asked, 9, 10);
    }

    [Fact]
    public void Kernel_is_not_asked_for_a_client_that_sends_now_and_then()
    {
        Assert.Equal(0, Receive(count: 10_000, everyMilliseconds: 11));
    }

    [Fact]
    public void Client_that_pauses_right_behind_the_wish_is_left_alone_for_a_minute()
    {
        ReceiveUntilAsked();
        Receive(count: 1, everyMilliseconds: 1);
        Receive(count: 1, everyMilliseconds: 40);

        Assert.Equal(0, Receive(count: 59_000, everyMilliseconds: 1));
        Assert.Equal(1, Receive(count: 1500, everyMilliseconds: 1));
    }

    [Fact]
    public void Pause_that_comes_later_does_not_count_against_the_client()
    {
        ReceiveUntilAsked();
        Receive(count: AcknowledgementPace.WatchedReceives, everyMilliseconds: 1);
        Receive(count: 1, everyMilliseconds: 400);

        Assert.InRange(Receive(count: 2000, everyMilliseconds: 1), 1, 2);
    }

    private void ReceiveUntilAsked()
    {
        int received = 0;
        while (Receive(count: 1, everyMilliseconds: 1) == 0)
        {
            Assert.True(++received < 1000);
        }
    }

    private int Receive(int count, uint everyMilliseconds)
    {
        int asked = 0;
        for (int i = 0; i < count; i++)
        {
            _now += everyMilliseconds;
            asked += _pace.Note(_now) ? 1 : 0;
        }

        return asked;
    }
}
