using System.Numerics;
using Godwit.Engine.Durability;
using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Messages;

/// <summary>
/// Messages for reuse, one pool per loop. A loop that only receives messages collects what others rented: it hands
/// whole chunks to the shared <see cref="Exchange"/>, from which the renting loops take them back, so that a steady
/// flow between loops allocates nothing.
/// </summary>
public sealed class MessagePool
{
    private const int ChunkSize = 64;
    private const int SmallestShift = 7;
    private const int LargestShift = 16;
    private const int StepsPerDoubling = 2;
    private const int ClassCount = ((LargestShift - SmallestShift) * StepsPerDoubling) + 1;
    private const int Unpooled = -1;

    private readonly Exchange _exchange;
    private readonly SubscriptionIndex _index;
    private readonly Stack[] _stacks = new Stack[ClassCount];

    internal MessagePool(Exchange exchange, SubscriptionIndex index)
    {
        _exchange = exchange;
        _index = index;
    }

    /// <summary>Another pool of the same broker, for another thread of a store.</summary>
    public MessagePool Fork() => new(_exchange, _index);

    /// <summary>A message that a store has read. The caller owns its one reference.</summary>
    public Message Rent(scoped in StoredMessage stored)
    {
        var publication = PublicationOf(in stored);
        return Rent(in publication);
    }

    /// <summary>The same for a message that stays for long, such as a retained one: of exactly the needed size, and no pool gets it back.</summary>
    public Message Keep(scoped in StoredMessage stored)
    {
        var publication = PublicationOf(in stored);
        return Keep(in publication);
    }

    private Publication PublicationOf(scoped in StoredMessage stored) => new()
    {
        Topic = stored.Topic,
        Properties = stored.Properties,
        Payload = stored.Payload,
        QoS = stored.QoS,
        Retain = stored.Retain,
        ExpiresAt = stored.ExpiresAt,
        Publisher = stored.Publisher,
        TopicHash = _index.HashOf(stored.Topic),
        RetainSequence = stored.RetainSequence,
    };

    internal Message Rent(scoped in Publication publication)
    {
        int sizeClass = ClassOf(publication.Size);
        Message message;
        if (sizeClass == Unpooled)
        {
            message = new Message(new byte[publication.Size], Unpooled);
        }
        else
        {
            ref var stack = ref _stacks[sizeClass];
            if (stack.Count == 0)
            {
                _exchange.Take(sizeClass, ref stack);
            }

            message = stack.TryPop() ?? new Message(new byte[SizeOf(sizeClass)], sizeClass);
        }

        message.Fill(in publication);
        return message;
    }

    /// <summary>A message of exactly the needed size that no pool gets back: for what stays for long, such as retained messages.</summary>
    internal static Message Keep(scoped in Publication publication)
    {
        var message = new Message(publication.Size == 0 ? [] : new byte[publication.Size], Unpooled);
        message.Fill(in publication);
        return message;
    }

    internal void Return(Message message)
    {
        if (message.SizeClass == Unpooled)
        {
            return;
        }

        ref var stack = ref _stacks[message.SizeClass];
        stack.Push(message);
        if (stack.Count == ChunkSize * 2)
        {
            _exchange.Give(message.SizeClass, ref stack);
        }
    }

    private static int ClassOf(int size)
    {
        if (size <= 1 << SmallestShift)
        {
            return 0;
        }

        if (size > 1 << LargestShift)
        {
            return Unpooled;
        }

        int doubling = 31 - BitOperations.LeadingZeroCount((uint)(size - 1));
        int upperHalf = ((size - 1) >> (doubling - 1)) & 1;
        return ((doubling - SmallestShift) * StepsPerDoubling) + 1 + upperHalf;
    }

    private static int SizeOf(int sizeClass)
    {
        if (sizeClass == 0)
        {
            return 1 << SmallestShift;
        }

        int doubling = SmallestShift + ((sizeClass - 1) / StepsPerDoubling);
        return (sizeClass - 1) % StepsPerDoubling == 0 ? (1 << doubling) * 3 / 2 : 1 << (doubling + 1);
    }

    internal struct Stack
    {
        private Message?[]? _items;

        public int Count { get; private set; }

        public void Push(Message message)
        {
            _items ??= new Message?[ChunkSize * 2];
            _items[Count++] = message;
        }

        public Message? TryPop()
        {
            if (Count == 0)
            {
                return null;
            }

            var message = _items![--Count];
            _items[Count] = null;
            return message;
        }

        public void MoveTo(Message?[] chunk)
        {
            Count -= ChunkSize;
            Array.Copy(_items!, Count, chunk, 0, ChunkSize);
            Array.Clear(_items!, Count, ChunkSize);
        }

        public void MoveFrom(Message?[] chunk)
        {
            _items ??= new Message?[ChunkSize * 2];
            Array.Copy(chunk, 0, _items, Count, ChunkSize);
            Count += ChunkSize;
        }
    }

    /// <summary>Where the loops of one broker exchange chunks of free messages. Bounded: what does not fit is left to the collector.</summary>
    public sealed class Exchange
    {
        private const int ChunksPerClassMax = 64;

        private readonly Lock _gate = new();
        private readonly Stack<Message?[]>[] _full = new Stack<Message?[]>[ClassCount];
        private readonly Stack<Message?[]> _empty = new();

        internal void Give(int sizeClass, ref Stack stack)
        {
            lock (_gate)
            {
                var chunk = _empty.Count > 0 ? _empty.Pop() : new Message?[ChunkSize];
                stack.MoveTo(chunk);
                var full = _full[sizeClass] ??= new Stack<Message?[]>();
                if (full.Count < ChunksPerClassMax)
                {
                    full.Push(chunk);
                }
                else
                {
                    Array.Clear(chunk);
                    _empty.Push(chunk);
                }
            }
        }

        internal void Take(int sizeClass, ref Stack stack)
        {
            lock (_gate)
            {
                if (_full[sizeClass] is { Count: > 0 } full)
                {
                    var chunk = full.Pop();
                    stack.MoveFrom(chunk);
                    Array.Clear(chunk);
                    _empty.Push(chunk);
                }
            }
        }
    }
}
