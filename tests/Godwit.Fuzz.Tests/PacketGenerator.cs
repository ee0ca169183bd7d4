using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Godwit.Protocol;

namespace Godwit.Fuzz.Tests;

/// <summary>
/// Packets of every type that are legal, with every property that they may carry. Values that stand for "absent" are left
/// out: an encoder need not write them.
/// </summary>
internal static class PacketGenerator
{
    private static readonly Gen<byte[]> Text = Gen.OneOf(
        Gen.OneOf("", "a", "é", "\uFEFFx", "𝄞", "a/b", "\u007F", new string('x', 200)),
        Gen.String[Gen.Char['!', '~'], 0, 12]).Select(Encoding.UTF8.GetBytes);

    private static readonly Gen<byte[]> Topic = Gen.OneOf(
        Gen.OneOf("t", "a/b/c", "/", "$SYS/x", "é", new string('y', 150)),
        Gen.String[Gen.Char['a', 'z'], 1, 12]).Select(Encoding.UTF8.GetBytes);

    private static readonly Gen<byte[]> Filter = Gen.OneOf(Topic, Gen.OneOf("#", "+", "a/+/#", "$share/g/t").Select(Encoding.UTF8.GetBytes));

    private static readonly Gen<byte[]> Data = Gen.Byte.Array[0, 150];

    private static readonly Gen<byte[]> Identifier = Gen.UShort[1, ushort.MaxValue].Select(Short);

    private static readonly Gen<WireProperty[]> UserProperties = Gen.Select(Text, Text, (name, value) =>
        new WireProperty(PropertyIdentifier.UserProperty, [.. Prefixed(name), .. Prefixed(value)])).Array[0, 3];

    private static readonly Gen<ProtocolVersion> Version = Gen.OneOf(ProtocolVersion.Mqtt31, ProtocolVersion.Mqtt311, ProtocolVersion.Mqtt5);

    private static readonly PropertyIdentifier[] InMessage =
    [
        PropertyIdentifier.PayloadFormatIndicator, PropertyIdentifier.MessageExpiryInterval, PropertyIdentifier.ContentType,
        PropertyIdentifier.ResponseTopic, PropertyIdentifier.CorrelationData,
    ];

    public static IReadOnlyDictionary<PacketType, Gen<WirePacket>> All { get; } = new Dictionary<PacketType, Gen<WirePacket>>
    {
        [PacketType.Connect] = Connect(),
        [PacketType.ConnAck] = ConnAck(),
        [PacketType.Publish] = Publish(),
        [PacketType.PubAck] = Acknowledgement(PacketType.PubAck),
        [PacketType.PubRec] = Acknowledgement(PacketType.PubRec),
        [PacketType.PubRel] = Acknowledgement(PacketType.PubRel),
        [PacketType.PubComp] = Acknowledgement(PacketType.PubComp),
        [PacketType.Subscribe] = Subscribe(),
        [PacketType.SubAck] = SubAck(),
        [PacketType.Unsubscribe] = Unsubscribe(),
        [PacketType.UnsubAck] = UnsubAck(),
        [PacketType.PingReq] = Version.Select(version => Packet(PacketType.PingReq, version, PacketSender.Client, [])),
        [PacketType.PingResp] = Version.Select(version => Packet(PacketType.PingResp, version, PacketSender.Server, [])),
        [PacketType.Disconnect] = Disconnect(),
        [PacketType.Auth] = Auth(),
    };

    private static Gen<WirePacket> Connect() =>
        from version in Version
        from flags in Gen.Byte
        from willQoS in Gen.Int[0, 2]
        from keepAlive in Gen.UShort
        from properties in Properties(
            version,
            PropertyIdentifier.SessionExpiryInterval,
            PropertyIdentifier.ReceiveMaximum,
            PropertyIdentifier.MaximumPacketSize,
            PropertyIdentifier.TopicAliasMaximum,
            PropertyIdentifier.RequestResponseInformation,
            PropertyIdentifier.RequestProblemInformation,
            PropertyIdentifier.AuthenticationMethod,
            PropertyIdentifier.AuthenticationData)
        from willProperties in Properties(version, [.. InMessage, PropertyIdentifier.WillDelayInterval])
        from client in Text
        from topic in Topic
        from payload in Data
        from user in Text
        from password in Data
        let hasWill = (flags & 4) != 0
        let hasPassword = (flags & 0x40) != 0
        let hasUser = (flags & 0x80) != 0 || (hasPassword && version != ProtocolVersion.Mqtt5)
        let isBridge = (flags & 1) != 0 && version != ProtocolVersion.Mqtt5
        let name = version == ProtocolVersion.Mqtt31 ? "MQIsdp"u8.ToArray() : "MQTT"u8.ToArray()
        let connectFlags = (flags & 2) | (hasWill ? 4 | willQoS << 3 | (flags & 0x20) : 0) | (hasPassword ? 0x40 : 0) | (hasUser ? 0x80 : 0)
        select new WirePacket(
            PacketType.Connect,
            0,
            version,
            PacketSender.Client,
            [.. Prefixed(name), (byte)((int)version | (isBridge ? 0x80 : 0)), (byte)connectFlags, .. Short(keepAlive)],
            WithMethod(properties),
            Prefixed(client),
            hasWill ? willProperties : null,
            [.. hasWill ? (byte[])[.. Prefixed(topic), .. Prefixed(payload)] : [], .. hasUser ? Prefixed(user) : [], .. hasPassword ? Prefixed(password) : []]);

    private static Gen<WirePacket> ConnAck() =>
        from version in Version
        from present in Gen.Bool
        from code in Gen.OneOf<byte>(0, 1, 2, 3, 4, 5)
        from reason in Reason(PacketType.ConnAck)
        from properties in Properties(
            version,
            PropertyIdentifier.SessionExpiryInterval,
            PropertyIdentifier.ReceiveMaximum,
            PropertyIdentifier.MaximumQoS,
            PropertyIdentifier.RetainAvailable,
            PropertyIdentifier.MaximumPacketSize,
            PropertyIdentifier.AssignedClientIdentifier,
            PropertyIdentifier.TopicAliasMaximum,
            PropertyIdentifier.ReasonString,
            PropertyIdentifier.WildcardSubscriptionAvailable,
            PropertyIdentifier.SubscriptionIdentifierAvailable,
            PropertyIdentifier.SharedSubscriptionAvailable,
            PropertyIdentifier.ServerKeepAlive,
            PropertyIdentifier.ResponseInformation,
            PropertyIdentifier.ServerReference,
            PropertyIdentifier.AuthenticationMethod,
            PropertyIdentifier.AuthenticationData)
        let result = version == ProtocolVersion.Mqtt5 ? reason : code
        let isPresent = present && result == 0 && version != ProtocolVersion.Mqtt31
        select Packet(PacketType.ConnAck, version, PacketSender.Server, [isPresent ? (byte)1 : (byte)0, result], properties);

    private static Gen<WirePacket> Publish() =>
        from version in Version
        from sender in Gen.OneOf(PacketSender.Client, PacketSender.Server)
        from qos in Gen.Int[0, 2]
        from dup in Gen.Bool
        from retain in Gen.Bool
        from topic in Topic
        from hidesTopic in Gen.Bool
        from identifier in Identifier
        from properties in Properties(version, [.. InMessage, PropertyIdentifier.TopicAlias])
        from subscriptions in Property(PropertyIdentifier.SubscriptionIdentifier).Array[0, 2]
        from payload in Data
        let all = properties is null || sender == PacketSender.Client ? properties : [.. subscriptions, .. properties]
        let hasAlias = all?.Any(property => property.Identifier == PropertyIdentifier.TopicAlias) == true
        select new WirePacket(
            PacketType.Publish,
            (byte)((dup && qos > 0 ? 8 : 0) | qos << 1 | (retain ? 1 : 0)),
            version,
            sender,
            [.. Prefixed(hidesTopic && hasAlias ? [] : topic), .. qos > 0 ? identifier : []],
            all,
            payload,
            null,
            []);

    private static Gen<WirePacket> Acknowledgement(PacketType type) =>
        from version in Version
        from sender in Gen.OneOf(PacketSender.Client, PacketSender.Server)
        from identifier in Identifier
        from reason in Reason(type)
        from properties in Properties(version, PropertyIdentifier.ReasonString)
        let hasProperties = properties is { Length: > 0 }
        let hasReason = version == ProtocolVersion.Mqtt5 && (reason != 0 || hasProperties)
        select Packet(type, version, sender, [.. identifier, .. hasReason ? (byte[])[reason] : []], hasProperties ? properties : null);

    private static Gen<WirePacket> Subscribe() =>
        from version in Version
        from identifier in Identifier
        from properties in Properties(version, PropertyIdentifier.SubscriptionIdentifier)
        from items in Gen.Select(Filter, Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 2], (filter, qos, flags, handling) =>
        {
            bool isShared = SharedFilter.IsShared(filter);
            int options = qos | (version == ProtocolVersion.Mqtt5 ? (flags << 2 & (isShared ? 8 : 12)) | handling << 4 : 0);
            return (byte[])[.. Prefixed(filter), (byte)options];
        }).Array[1, 4]
        select Packet(PacketType.Subscribe, version, PacketSender.Client, identifier, properties, [.. items.SelectMany(item => item)]);

    private static Gen<WirePacket> SubAck() =>
        from version in Version
        from identifier in Identifier
        from properties in Properties(version, PropertyIdentifier.ReasonString)
        from reasons in Reason(PacketType.SubAck).Array[1, 4]
        from codes in Gen.OneOf<byte>(0, 1, 2, 0x80).Array[1, 4]
        select Packet(PacketType.SubAck, version, PacketSender.Server, identifier, properties, version == ProtocolVersion.Mqtt5 ? reasons : codes);

    private static Gen<WirePacket> Unsubscribe() =>
        from version in Version
        from identifier in Identifier
        from properties in Properties(version)
        from filters in Filter.Array[1, 4]
        select Packet(PacketType.Unsubscribe, version, PacketSender.Client, identifier, properties, [.. filters.SelectMany(Prefixed)]);

    private static Gen<WirePacket> UnsubAck() =>
        from version in Version
        from identifier in Identifier
        from properties in Properties(version, PropertyIdentifier.ReasonString)
        from reasons in Reason(PacketType.UnsubAck).Array[1, 4]
        select Packet(PacketType.UnsubAck, version, PacketSender.Server, identifier, properties, version == ProtocolVersion.Mqtt5 ? reasons : []);

    private static Gen<WirePacket> Disconnect() =>
        from version in Version
        from sender in Gen.OneOf(PacketSender.Client, PacketSender.Server)
        from reason in Reason(PacketType.Disconnect)
        from properties in Properties(
            version,
            sender == PacketSender.Client
                ? [PropertyIdentifier.SessionExpiryInterval, PropertyIdentifier.ReasonString, PropertyIdentifier.ServerReference]
                : [PropertyIdentifier.ReasonString, PropertyIdentifier.ServerReference])
        let hasProperties = properties is { Length: > 0 }
        let hasReason = version == ProtocolVersion.Mqtt5 && (reason != 0 || hasProperties)
        select Packet(PacketType.Disconnect, version, sender, hasReason ? [reason] : [], hasProperties ? properties : null);

    private static Gen<WirePacket> Auth() =>
        from sender in Gen.OneOf(PacketSender.Client, PacketSender.Server)
        from reason in Reason(PacketType.Auth)
        from method in Property(PropertyIdentifier.AuthenticationMethod)
        from properties in Properties(ProtocolVersion.Mqtt5, PropertyIdentifier.AuthenticationData, PropertyIdentifier.ReasonString)
        select Packet(PacketType.Auth, ProtocolVersion.Mqtt5, sender, [reason], [method, .. properties!]);

    private static WirePacket Packet(
        PacketType type, ProtocolVersion version, PacketSender sender, byte[] head, WireProperty[]? properties = null, byte[]? middle = null)
    {
        byte flags = type is PacketType.PubRel or PacketType.Subscribe or PacketType.Unsubscribe ? (byte)2 : (byte)0;
        return new WirePacket(type, flags, version, sender, head, properties, middle ?? [], null, []);
    }

    // Some of them in any order, and User Properties anywhere behind; null before 5.0.
    private static Gen<WireProperty[]?> Properties(ProtocolVersion version, params PropertyIdentifier[] allowed)
    {
        if (version != ProtocolVersion.Mqtt5)
        {
            return Gen.Const((WireProperty[]?)null);
        }

        return from order in Gen.Shuffle(allowed)
               from chosen in Gen.Int[0, allowed.Length]
               from values in Sequence([.. order.Take(chosen).Select(Property)])
               from user in UserProperties
               select (WireProperty[]?)[.. values, .. user];
    }

    private static Gen<WireProperty[]> Sequence(Gen<WireProperty>[] generators) =>
        generators.Aggregate(Gen.Const(Array.Empty<WireProperty>()), (all, next) => Gen.Select(all, next, (some, one) => (WireProperty[])[.. some, one]));

    private static Gen<WireProperty> Property(PropertyIdentifier identifier)
    {
        var value = identifier switch
        {
            PropertyIdentifier.RequestProblemInformation => Gen.Const<byte[]>([0]),
            PropertyIdentifier.RequestResponseInformation => Gen.Const<byte[]>([1]),
            PropertyIdentifier.PayloadFormatIndicator or PropertyIdentifier.MaximumQoS or PropertyIdentifier.RetainAvailable
                or PropertyIdentifier.WildcardSubscriptionAvailable or PropertyIdentifier.SubscriptionIdentifierAvailable
                or PropertyIdentifier.SharedSubscriptionAvailable => Gen.Byte[0, 1].Select(number => (byte[])[number]),
            PropertyIdentifier.ServerKeepAlive => Gen.UShort.Select(Short),
            PropertyIdentifier.ReceiveMaximum or PropertyIdentifier.TopicAliasMaximum or PropertyIdentifier.TopicAlias => Identifier,
            PropertyIdentifier.MaximumPacketSize => Gen.UInt[1, uint.MaxValue].Select(Long),
            PropertyIdentifier.SessionExpiryInterval or PropertyIdentifier.MessageExpiryInterval or PropertyIdentifier.WillDelayInterval => Gen.UInt.Select(Long),
            PropertyIdentifier.SubscriptionIdentifier => Gen.OneOf(Gen.UInt[1, 300], Gen.OneOf(16_383u, 16_384u, 2_097_151u, 2_097_152u, 268_435_455u)).Select(Variable),
            PropertyIdentifier.CorrelationData or PropertyIdentifier.AuthenticationData => Data.Select(Prefixed),
            PropertyIdentifier.ResponseTopic => Topic.Select(Prefixed),
            _ => Text.Select(Prefixed),
        };
        return value.Select(bytes => new WireProperty(identifier, bytes));
    }

    private static Gen<byte> Reason(PacketType type) =>
        Gen.OneOf<byte>([.. Enumerable.Range(0, 256).Select(code => (byte)code).Where(code => ((ReasonCode)code).IsValidFor(type))]);

    // Data without a method is a protocol error in CONNECT.
    private static WireProperty[]? WithMethod(WireProperty[]? properties) =>
        properties?.Any(property => property.Identifier == PropertyIdentifier.AuthenticationMethod) == false
            ? [.. properties.Where(property => property.Identifier != PropertyIdentifier.AuthenticationData)]
            : properties;

    private static byte[] Prefixed(byte[] bytes) => [.. Short((ushort)bytes.Length), .. bytes];

    private static byte[] Short(ushort value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Long(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Variable(uint value)
    {
        var bytes = new List<byte>();
        for (; value > 0x7F; value >>= 7)
        {
            bytes.Add((byte)(value & 0x7F | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
