using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Tests;

/// <summary>A publish looks only at the subscribers that have a connection.</summary>
public sealed class PresenceTests
{
    [Fact]
    public void Only_subscribers_with_a_connection_are_looked_at_however_they_come_and_go()
    {
        const int Sessions = 40;
        var world = new World();
        var publisher = world.Connect("publisher");
        var peers = new Peer?[Sessions];
        var subscribed = new bool[Sessions];
        var random = new Random(1);
        for (int step = 0; step < 2000; step++)
        {
            int i = random.Next(Sessions);
            if (peers[i] is not { } peer)
            {
                peers[i] = world.Connect($"{i}", clean: false, expiry: 100);
            }
            else if (random.Next(2) == 0)
            {
                peer.Cut();
                peers[i] = null;
            }
            else if (subscribed[i])
            {
                peer.Unsubscribe("t");
                subscribed[i] = false;
            }
            else
            {
                peer.Subscribe("t", qos: 0);
                subscribed[i] = true;
            }

            int[] present = [.. Enumerable.Range(0, Sessions).Where(i => subscribed[i] && peers[i] is not null)];
            Assert.Equal(present, PresentIn(world).Order());
        }

        publisher.SendPublish("t", "x", qos: 0);
        for (int i = 0; i < Sessions; i++)
        {
            if (subscribed[i] && peers[i] is { } peer)
            {
                Assert.Equal("x", peer.TakeMessage().Payload);
            }

            peers[i]?.AssertNothing();
        }
    }

    [Fact]
    public void A_session_that_is_taken_over_by_another_connection_stays_present()
    {
        var world = new World();
        world.Connect("1", clean: false, expiry: 100).Subscribe("t", qos: 0);
        var later = world.Connect("1", clean: false, expiry: 100);
        Assert.Equal([1], PresentIn(world));
        later.Cut();
        Assert.Empty(PresentIn(world));
    }

    private static List<int> PresentIn(World world)
    {
        var index = world.Core.GetShard(0).Subscriptions;
        var matches = new MatchList();
        index.Match("t"u8, index.HashOf("t"u8), matches);
        var found = new List<int>();
        foreach (var entry in matches.Span)
        {
            if (entry.LocalsOf(0) is { } locals)
            {
                foreach (var subscription in locals.Present)
                {
                    found.Add(int.Parse(subscription.Session.ClientIdentifier, System.Globalization.CultureInfo.InvariantCulture));
                }
            }
        }

        return found;
    }
}
