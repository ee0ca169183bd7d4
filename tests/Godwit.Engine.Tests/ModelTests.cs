using System.Runtime.CompilerServices;
using System.Text;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.Retained;
using Godwit.Engine.Sessions;
using Godwit.Engine.Subscriptions;
using Godwit.Engine.Timing;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>The engine's data structures beside the plainest thing that could do the same, under random but repeatable operations.</summary>
public sealed class ModelTests
{
    private static readonly string[] Levels = ["a", "b", "ab", "", "$x", "c", "+b"];

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    [Spec("MQTT-4.7.2-1")]
    public void The_index_finds_what_matching_every_filter_by_itself_finds(int seed)
    {
        var random = new Random(seed);
        var index = new SubscriptionIndex(7);
        Dictionary<string, FilterEntry> model = [];
        var matches = new MatchList();
        var cache = new MatchCache(index);
        for (int step = 0; step < 20_000; step++)
        {
            string filter = Filter(random);
            byte[] bytes = Encoding.UTF8.GetBytes(filter);
            lock (index.WriteLock)
            {
                if (random.Next(2) == 0)
                {
                    model[filter] = index.GetOrAdd(bytes);
                }
                else if (model.Remove(filter, out var removed))
                {
                    index.RemoveIfUnused(removed);
                    Assert.Null(index.Find(bytes));
                }
            }

            Assert.Equal(model.Count, index.Count);
            byte[] topic = Encoding.UTF8.GetBytes(Topic(random));
            matches.Clear();
            index.Match(topic, index.HashOf(topic), matches);
            var expected = model.Values.Where(entry => TopicFilter.Matches(entry.Filter, topic)).Select(Name).Order();
            Assert.Equal(expected, matches.Span.ToArray().Select(Name).Order());
            Assert.Equal(expected, cache.Match(topic, index.HashOf(topic)).ToArray().Select(Name).Order());
        }
    }

    [Fact]
    public void Cached_matches_follow_the_changes_of_another_thread()
    {
        // Even: the filter is there or not there, and stays so; odd: it is about to change.
        const int Changes = 20_000;
        var index = new SubscriptionIndex(7);
        var cache = new MatchCache(index);
        int state = 0;
        var writer = new Thread(() =>
        {
            for (int i = 0; i < Changes; i++)
            {
                Interlocked.Increment(ref state);
                lock (index.WriteLock)
                {
                    if (index.Find("a/+"u8) is { } known)
                    {
                        index.RemoveIfUnused(known);
                    }
                    else
                    {
                        index.GetOrAdd("a/+"u8);
                    }
                }

                Interlocked.Increment(ref state);
            }
        });
        lock (index.WriteLock)
        {
            index.GetOrAdd("+/else"u8);
        }

        writer.Start();
        int judged = 0;
        while (judged < 1000 || writer.IsAlive)
        {
            int before = Volatile.Read(ref state);
            int found = cache.Match("a/b"u8, index.HashOf("a/b"u8)).Length;
            if (before % 2 == 0 && Volatile.Read(ref state) == before)
            {
                judged++;
                Assert.Equal(before / 2 % 2, found);
            }
        }

        writer.Join();
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void A_walk_over_retained_messages_finds_what_looking_at_every_topic_finds(int seed)
    {
        var random = new Random(seed);
        var store = new RetainedStore(100_000, long.MaxValue);
        HashSet<string> model = [];
        for (int step = 0; step < 3000; step++)
        {
            string topic = Topic(random) + (random.Next(3) == 0 ? $"/{random.Next(400)}" : string.Empty);
            bool sets = random.Next(4) != 0;
            var publication = new Publication { Topic = Encoding.UTF8.GetBytes(topic), Payload = sets ? [1] : [], ExpiresAt = long.MaxValue, Publisher = [] };
            Assert.True(store.TryApply(ref publication, out _));
            _ = sets ? model.Add(topic) : model.Remove(topic);
            Assert.Equal(model.Count, store.Count);
            if (step % 10 == 0)
            {
                byte[] filter = Encoding.UTF8.GetBytes(Filter(random));
                Message? position = null;
                List<string> found = [];
                while (true)
                {
                    var next = store.Next(filter, long.MaxValue, 0, ref position, out bool done);
                    if (next is not null)
                    {
                        found.Add(Encoding.UTF8.GetString(next.Topic));
                    }
                    else if (done)
                    {
                        break;
                    }
                }

                var expected = model.Where(each => TopicFilter.Matches(filter, Encoding.UTF8.GetBytes(each)));
                Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
                Assert.Equal(found.Count, found.Distinct().Count());
            }
        }
    }

    [Theory, InlineData(1), InlineData(2)]
    [Spec("MQTT-2.2.1-4")]
    public void The_outbound_window_gives_out_identifiers_that_are_free(int seed)
    {
        var random = new Random(seed);
        var window = new OutboundWindow();
        List<ushort> inOrder = [];
        for (int step = 0; step < 200_000; step++)
        {
            if (inOrder.Count < 300 && random.Next(2) == 0)
            {
                ushort added = window.Add().PacketIdentifier;
                Assert.NotEqual(0, added);
                Assert.DoesNotContain(added, inOrder);
                inOrder.Add(added);
            }
            else if (inOrder.Count > 0)
            {
                // Now and then the oldest stays for long: identifiers go round without it.
                int place = random.Next(inOrder.Count > 1 ? 1 : 0, inOrder.Count);
                window.Remove(ref window.Find(inOrder[place]));
                Assert.True(Unsafe.IsNullRef(ref window.Find(inOrder[place])));
                inOrder.RemoveAt(place);
            }

            if (step % 1000 == 0)
            {
                Assert.Equal(inOrder, window.InOrder());
            }
        }
    }

    [Theory, InlineData(1), InlineData(2)]
    public void The_inbound_identifiers_are_a_set(int seed)
    {
        var random = new Random(seed);
        var identifiers = new InboundIdentifiers();
        HashSet<ushort> model = [];
        for (int step = 0; step < 200_000; step++)
        {
            ushort id = (ushort)random.Next(1, step < 100_000 ? 100 : 65_536);
            switch (random.Next(3))
            {
                case 0 when !identifiers.Contains(id):
                    identifiers.Add(id);
                    model.Add(id);
                    break;
                case 1:
                    Assert.Equal(model.Remove(id), identifiers.Remove(id));
                    break;
                default:
                    Assert.Equal(model.Contains(id), identifiers.Contains(id));
                    break;
            }

            Assert.Equal(model.Count, identifiers.Count);
        }
    }

    [Theory, InlineData(1), InlineData(2)]
    public void Deadlines_fire_when_due_in_the_order_in_which_they_are_due(int seed)
    {
        var random = new Random(seed);
        var queue = new DeadlineQueue();
        List<int> fired = [];
        var timers = Enumerable.Range(0, 200).Select(i => new Recorder(i, fired)).ToArray();
        Dictionary<int, (long Deadline, int Order)> model = [];
        int order = 0;
        for (long now = 0; now < 2000; now++)
        {
            for (int i = 0; i < 10; i++)
            {
                int each = random.Next(timers.Length);
                if (random.Next(3) == 0)
                {
                    queue.Cancel(timers[each]);
                    model.Remove(each);
                }
                else
                {
                    long deadline = now + random.Next(1, 50);
                    queue.Set(timers[each], deadline);
                    model[each] = (deadline, order++);
                }
            }

            Assert.Equal(model.Count == 0 ? long.MaxValue : model.Values.Min(each => each.Deadline), queue.Next);
            fired.Clear();
            queue.Fire(now);
            var due = model.Where(each => each.Value.Deadline <= now).OrderBy(each => each.Value).Select(each => each.Key).ToArray();
            Assert.Equal(due, fired);
            foreach (int each in due)
            {
                model.Remove(each);
            }
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void A_journal_is_never_trimmed_above_its_slowest_reader(int seed)
    {
        var random = new Random(seed);
        var journal = new Journal(JournalKind.Filter, 1, "j"u8, new JournalLimits(int.MaxValue, long.MaxValue, RejectsNewest: false));
        List<Cursor> cursors = [];
        for (int step = 0; step < 20_000; step++)
        {
            journal.Horizon += random.Next(20);
            long floor = 0;
            switch (random.Next(4))
            {
                case 0 when cursors.Count < 20:
                    cursors.Add(new Cursor(journal, journal.Horizon, null));
                    break;
                case 1 when cursors.Count > 0:
                    var leaving = cursors[random.Next(cursors.Count)];
                    cursors.Remove(leaving);
                    floor = leaving.Leave();
                    break;
                case 2 when random.Next(10) == 0:
                    // The limits gave records up under the slowest readers.
                    journal.First = Math.Max(journal.First, journal.Horizon - 500);
                    break;
                default:
                    if (cursors.Count > 0)
                    {
                        var moving = cursors[random.Next(cursors.Count)];
                        floor = moving.MoveTo(Math.Min(journal.Horizon, Math.Max(moving.Position, journal.First) + random.Next(200)));
                    }

                    break;
            }

            long slowest = cursors.Count == 0 ? long.MaxValue : cursors.Min(cursor => Math.Max(cursor.Position, journal.First));
            Assert.True(floor <= slowest, $"step {step}: floor {floor} above {slowest}");
            Assert.Equal(cursors.Count, journal.ReaderCount);
        }
    }

    private static string Name(FilterEntry entry) => Encoding.UTF8.GetString(entry.Filter);

    private static string Topic(Random random) =>
        NonEmpty(string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Levels[random.Next(Levels.Length - 1)])));

    private static string Filter(Random random)
    {
        var levels = Enumerable.Range(0, random.Next(1, 5))
            .Select(_ => random.Next(3) == 0 ? "+" : Levels[random.Next(Levels.Length - 1)])
            .ToList();
        if (random.Next(4) == 0)
        {
            levels[^1] = "#";
        }

        return NonEmpty(string.Join('/', levels));
    }

    private static string NonEmpty(string text) => text.Length == 0 ? "a" : text;

    private sealed class Recorder(int number, List<int> fired) : DeadlineTimer
    {
        internal override void OnDeadline(long now) => fired.Add(number);
    }
}
