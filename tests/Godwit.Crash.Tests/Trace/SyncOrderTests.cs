namespace Godwit.Crash.Tests.Trace;

/// <summary>The judge of traces, on traces that were made up.</summary>
public sealed class SyncOrderTests
{
    private const string Open = """7 1.0 openat(AT_FDCWD, "\x2f\x61\x2f\x31\x2e\x6c\x6f\x67", O_RDWR|O_CREAT, 0644) = 90"""; // /a/1.log
    private const string OpenOther = """7 1.0 openat(AT_FDCWD, "\x2f\x61\x2f\x32\x2e\x6c\x6f\x67", O_RDWR|O_CREAT, 0644) = 91"""; // /a/2.log
    private const string ConnAck = """8 1.1 sendto(117, "\x20\x02\x00\x00", 4, MSG_NOSIGNAL, NULL, 0) = 4""";
    private const string Write = """9 1.2 write(90, "\xff\x4d\x41\x52\x4b\x30\x30\x30\x30\x37\xff", 11) = 11"""; // MARK00007
    private const string Sync = "9 1.3 fdatasync(90)   = 0";
    private const string OtherSync = "9 1.3 fdatasync(91)   = 0";
    private const string SyncBegins = "9 1.3 fdatasync(90 <unfinished ...>";
    private const string SyncEnds = "9 1.4 <... fdatasync resumed>) = 0";
    private const string SyncFails = "9 1.3 fdatasync(90)   = -1 EIO (Input/output error)";
    private const string PubAck = """8 1.5 sendto(117, "\x40\x02\x00\x07", 4, MSG_NOSIGNAL, NULL, 0) = 4""";
    private const string PubRec = """8 1.5 sendto(117, "\x50\x02\x00\x07", 4, MSG_NOSIGNAL, NULL, 0) = 4""";
    private const string AfterAMessage = """8 1.5 sendto(117, "\x30\x05\x00\x01\x61\x00\x62\x40\x02\x00\x07", 11, MSG_NOSIGNAL, NULL, 0) = 11""";
    private const string HalfAnAnswer = """8 1.5 sendto(117, "\x40\x02\x00\x07", 4, MSG_NOSIGNAL, NULL, 0) = 2""";
    private const string OtherHalf = """8 1.6 sendto(117, "\x00\x07", 2, MSG_NOSIGNAL, NULL, 0) = 2""";

    [Theory]
    [InlineData(Open, ConnAck, Write, Sync, PubAck)]
    [InlineData(Open, ConnAck, Write, Sync, PubRec)]
    [InlineData(Open, ConnAck, Write, Sync, AfterAMessage)]
    [InlineData(Open, ConnAck, Write, Sync, HalfAnAnswer, OtherHalf)]
    [InlineData(Open, ConnAck, Write, SyncBegins, SyncEnds, PubAck)]
    public void A_sync_between_the_write_and_the_answer_is_in_order(params string[] trace)
    {
        var order = SyncOrder.Read(trace);

        Assert.Equal(1, order.Acknowledgements);
        Assert.Empty(order.FindFaults(needsSync: true));
    }

    [Theory]
    [InlineData("no sync", Open, ConnAck, Write, PubAck)]
    [InlineData("no sync", Open, ConnAck, Write, PubRec)]
    [InlineData("no sync", Open, ConnAck, Write, AfterAMessage)]
    [InlineData("no sync", Open, ConnAck, Sync, Write, PubAck)]
    [InlineData("no sync", Open, ConnAck, Write, PubAck, Sync)]
    [InlineData("no sync", Open, ConnAck, Write, SyncBegins, PubAck, SyncEnds)]
    [InlineData("no sync", Open, ConnAck, SyncBegins, Write, SyncEnds, PubAck)]
    [InlineData("no sync", Open, ConnAck, Write, SyncFails, PubAck)]
    [InlineData("no sync", Open, OpenOther, ConnAck, Write, OtherSync, PubAck)]
    [InlineData("not before", Open, ConnAck, Sync, PubAck, Write)]
    [InlineData("never written", Open, ConnAck, Sync, PubAck)]
    public void An_answer_that_no_sync_covers_is_found(string fault, params string[] trace)
    {
        Assert.Contains(fault, Assert.Single(SyncOrder.Read(trace).FindFaults(needsSync: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_syncs_the_write_alone_has_to_be_before_the_answer()
    {
        Assert.Empty(SyncOrder.Read([Open, ConnAck, Write, PubAck]).FindFaults(needsSync: false));
        Assert.Single(SyncOrder.Read([Open, ConnAck, PubAck, Write]).FindFaults(needsSync: false));
    }
}
