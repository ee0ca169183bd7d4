namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Links of 5.0 that change one kind of packet.</summary>
internal static class V50Mutants
{
    /// <summary>The broker gets this instead of each PUBLISH of the client; null: nothing.</summary>
    public static Func<MutantLink> OnClientPublish(Func<V50Message, V50Message?> change) =>
        Mutant.OnClient(packet => TypeOf(packet) != PacketType.Publish ? [packet] : change(V50Message.Read(packet)) is { } message ? [message.ToPacket()] : []);

    /// <summary>The broker gets each PUBLISH of the client with this done to it.</summary>
    public static Func<MutantLink> ChangeClientPublish(Action<V50Message> change) => OnClientPublish(message => Apply(message, change));

    /// <summary>The client gets this instead of each PUBLISH of the broker; null: nothing.</summary>
    public static Func<MutantLink> OnServerPublish(Func<V50Message, V50Message?> change) =>
        Mutant.OnServer(packet => TypeOf(packet) != PacketType.Publish ? [packet] : change(V50Message.Read(packet)) is { } message ? [message.ToPacket()] : []);

    /// <summary>The client gets each PUBLISH of the broker with this done to it.</summary>
    public static Func<MutantLink> ChangeServerPublish(Action<V50Message> change) => OnServerPublish(message => Apply(message, change));

    /// <summary>The broker gets each SUBSCRIBE or UNSUBSCRIBE with other filters.</summary>
    public static Func<MutantLink> ChangeFilters(PacketType type, Func<(string Filter, int Options), (string Filter, int Options)> change) => Mutant.OnClient(packet =>
    {
        if (TypeOf(packet) != type)
        {
            return [packet];
        }

        var filters = V50Filters.Read(packet);
        return [(filters with { Filters = [.. filters.Filters.Select(change)] }).ToPacket()];
    });

    /// <summary>The client gets SUBACK or UNSUBACK with other codes.</summary>
    public static Func<MutantLink> ChangeCodes(PacketType type, Action<Span<byte>> change) => Mutant.Change(type, packet =>
    {
        int properties = packet[4]; // the packets of these checks have less than 128 bytes
        change(packet.AsSpan(5 + properties));
    });

    /// <summary>Adds one to the Packet Identifier of packets whose Remaining Length has one byte.</summary>
    public static Func<MutantLink> WrongPacketId(PacketType type) => Mutant.Change(type, packet => packet[3]++);

    /// <summary>The type of a packet.</summary>
    public static PacketType TypeOf(byte[] packet) => (PacketType)(packet[0] >> 4);

    private static V50Message Apply(V50Message message, Action<V50Message> change)
    {
        change(message);
        return message;
    }
}
