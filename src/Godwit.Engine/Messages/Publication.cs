using Godwit.Protocol;

namespace Godwit.Engine.Messages;

/// <summary>
/// A message on its way through one turn: slices of the receive buffer, or of a <see cref="Messages.Message"/> when it comes
/// from a queue, another loop or a will. Only what outlives the turn is copied, once, into <see cref="Message"/>.
/// </summary>
internal ref struct Publication
{
    public ReadOnlySpan<byte> Topic;
    public ReadOnlySpan<byte> Properties;
    public ReadOnlySpan<byte> Payload;
    public QualityOfService QoS;
    public bool Retain;
    public long ExpiresAt;
    public byte[] Publisher;
    public ulong TopicHash;
    public long RetainSequence;

    /// <summary>The copy that outlives the turn, once someone needed it.</summary>
    public Message? Message;

    public readonly int Size => Topic.Length + Properties.Length + Payload.Length;

    public readonly bool IsExpired(long now) => ExpiresAt <= now;

    /// <summary>
    /// What is left of the Message Expiry Interval, in whole seconds; null without one. Rounded up: a message that waited for less
    /// than a second still has all of it ([MQTT-3.3.2-6]).
    /// </summary>
    public readonly uint? SecondsLeft(long now) => ExpiresAt == long.MaxValue ? null : (uint)Math.Max(0, (ExpiresAt - now + 999) / 1000);

    /// <summary>The lasting copy, made at the first call. The caller of the route releases this first reference.</summary>
    public Message Materialize(MessagePool pool) => Message ??= pool.Rent(in this);
}
