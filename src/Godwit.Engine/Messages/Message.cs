using Godwit.Protocol;

namespace Godwit.Engine.Messages;

/// <summary>
/// An application message that outlives the turn in which it arrived: encoded once, immutable, shared by reference count.
/// </summary>
/// <remarks>
/// Topic, forwardable properties and payload lie one behind the other in one buffer, so that a delivery copies them whole
/// and builds only its own head. Whoever keeps a message holds one reference; the last <see cref="Release"/> gives the
/// object back to the pool of the loop that let go, after which nobody may touch it.
/// </remarks>
public sealed class Message
{
    private readonly byte[] _buffer;
    private int _topicLength;
    private int _propertiesLength;
    private int _payloadLength;
    private int _references;

    internal Message(byte[] buffer, int sizeClass)
    {
        _buffer = buffer;
        SizeClass = sizeClass;
    }

    /// <summary>The Topic Name.</summary>
    public ReadOnlySpan<byte> Topic => _buffer.AsSpan(0, _topicLength);

    /// <summary>The properties that a server forwards unchanged, in their original order, without length prefix (§3.3.2.3).</summary>
    public ReadOnlySpan<byte> Properties => _buffer.AsSpan(_topicLength, _propertiesLength);

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload => _buffer.AsSpan(_topicLength + _propertiesLength, _payloadLength);

    /// <summary>Bytes of topic, properties and payload: what queue limits count.</summary>
    public int Size => _topicLength + _propertiesLength + _payloadLength;

    /// <summary>QoS of the publication.</summary>
    public QualityOfService QoS { get; private set; }

    /// <summary>RETAIN as the publisher set it.</summary>
    public bool Retain { get; private set; }

    /// <summary>When the message expires, in milliseconds of the engine's clock; <see cref="long.MaxValue"/> for never.</summary>
    public long ExpiresAt { get; private set; }

    /// <summary>The publisher's Client Identifier, for No Local.</summary>
    public byte[] Publisher { get; private set; } = [];

    /// <summary>Place among all changes of retained messages; 0 when the message was not retained. See <see cref="Retained.RetainedStore"/>.</summary>
    public long RetainSequence { get; private set; }

    internal ulong TopicHash { get; private set; }

    internal int SizeClass { get; }

    internal void Fill(scoped in Publication publication)
    {
        publication.Topic.CopyTo(_buffer);
        _topicLength = publication.Topic.Length;
        publication.Properties.CopyTo(_buffer.AsSpan(_topicLength));
        _propertiesLength = publication.Properties.Length;
        publication.Payload.CopyTo(_buffer.AsSpan(_topicLength + _propertiesLength));
        _payloadLength = publication.Payload.Length;
        QoS = publication.QoS;
        Retain = publication.Retain;
        ExpiresAt = publication.ExpiresAt;
        Publisher = publication.Publisher;
        TopicHash = publication.TopicHash;
        RetainSequence = publication.RetainSequence;
        _references = 1;
    }

    /// <summary>Takes <paramref name="count"/> further references.</summary>
    public void AddReference(int count = 1)
    {
        int before = Interlocked.Add(ref _references, count) - count;
        Invariant.That(before > 0, "a message was revived after its last release");
    }

    /// <summary>Gives one reference back. The last one returns the message to <paramref name="pool"/>.</summary>
    public void Release(MessagePool pool)
    {
        int left = Interlocked.Decrement(ref _references);
        Invariant.That(left >= 0, "a message was released twice");
        if (left == 0)
        {
            Publisher = [];
            pool.Return(this);
        }
    }

    /// <summary>True when topic, properties and payload are the same.</summary>
    internal bool HasContentOf(scoped in Publication other) =>
        Topic.SequenceEqual(other.Topic) && Properties.SequenceEqual(other.Properties) && Payload.SequenceEqual(other.Payload);

    /// <summary>The message as input of a delivery.</summary>
    internal Publication AsPublication() => new()
    {
        Topic = Topic,
        Properties = Properties,
        Payload = Payload,
        QoS = QoS,
        Retain = Retain,
        ExpiresAt = ExpiresAt,
        Publisher = Publisher,
        TopicHash = TopicHash,
        RetainSequence = RetainSequence,
        Message = this,
    };
}
