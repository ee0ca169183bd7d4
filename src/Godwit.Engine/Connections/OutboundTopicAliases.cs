namespace Godwit.Engine.Connections;

/// <summary>
/// Topic Aliases that the broker uses towards a client. An alias is a slot of a table indexed by the topic's hash: a topic
/// whose slot holds another one takes the slot over, which costs that message its topic in full and nothing else.
/// </summary>
internal sealed class OutboundTopicAliases(int maximum)
{
    private readonly Slot[] _slots = new Slot[maximum];

    /// <summary>The alias for a topic, and whether the client knows it already so that the topic itself can stay out.</summary>
    public ushort Lookup(ReadOnlySpan<byte> topic, ulong hash, out bool known)
    {
        int slot = (int)(hash % (ulong)_slots.Length);
        known = topic.SequenceEqual(_slots[slot].Topic);
        return (ushort)(slot + 1);
    }

    /// <summary>Called when a packet that defines the alias has been written.</summary>
    public void Define(ushort alias, ReadOnlySpan<byte> topic) => _slots[alias - 1].Set(topic);

    private struct Slot
    {
        private byte[]? _bytes;
        private int _length;

        public readonly ReadOnlySpan<byte> Topic => _bytes.AsSpan(0, _length);

        public void Set(ReadOnlySpan<byte> topic)
        {
            if (_bytes is null || _bytes.Length < topic.Length)
            {
                _bytes = new byte[topic.Length];
            }

            topic.CopyTo(_bytes);
            _length = topic.Length;
        }
    }
}
