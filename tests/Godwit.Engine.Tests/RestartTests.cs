using Godwit.Engine.Sessions;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>What a session's own queue holds is there again after restarts, wherever the crash came.</summary>
public sealed class RestartTests
{
    [Theory]
    [InlineData(QueueOverflow.DropNewest, 1)]
    [InlineData(QueueOverflow.DropNewest, 3)]
    [InlineData(QueueOverflow.KeepLatest, 1)]
    [InlineData(QueueOverflow.KeepLatest, 3)]
    public void Queue_filled_after_a_restart_before_its_place_was_written_is_there_after_the_next(QueueOverflow overflow, int shards)
    {
        var options = new EngineOptions { QueueOverflow = overflow, Shards = shards };
        var first = Life(options, before: null, losesPlaces: true, out var disk);
        first.Connect("s", clean: false, expiry: 100).Subscribe("t/#", qos: 1);

        var second = Life(options, disk, losesPlaces: true, out disk);
        var publisher = second.Connect("p");
        Assert.Equal(ReasonCode.Success, publisher.Publish1("t/1", "1"));
        Assert.Equal(ReasonCode.Success, publisher.Publish1("t/2", "2"));
        Assert.Empty(disk.Placed);

        var third = Life(options, disk, losesPlaces: false, out _);
        Assert.Equal(ReasonCode.Success, third.Connect("p").Publish1("t/3", "3"));
        var back = third.Connect("s", clean: false, expiry: 100);
        Assert.True(back.ConnAck.SessionPresent);
        Assert.Equal(["1", "2", "3"], [back.TakeMessage().Payload, back.TakeMessage().Payload, back.TakeMessage().Payload]);
        back.AssertNothing();
    }

    [Theory, InlineData(QueueOverflow.DropNewest), InlineData(QueueOverflow.KeepLatest)]
    public void Place_in_a_queue_that_a_restart_opens_is_written_down_though_its_client_is_away(QueueOverflow overflow)
    {
        var options = new EngineOptions { QueueOverflow = overflow };
        var first = Life(options, before: null, losesPlaces: true, out var disk);
        first.Connect("s", clean: false, expiry: 100).Subscribe("t", qos: 1);

        var second = Life(options, disk, losesPlaces: false, out disk);
        second.Advance(1);
        Assert.Single(disk.Placed);
    }

    private static World Life(EngineOptions options, DiskStore? before, bool losesPlaces, out DiskStore disk)
    {
        disk = new DiskStore(before) { LosesPlaces = losesPlaces };
        var world = new World(options, disk);
        world.Core.Restore(world.Now);
        return world;
    }
}
