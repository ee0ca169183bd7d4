using Godwit.Protocol;

namespace Godwit.Fuzz.Tests;

/// <summary>One property as on the wire.</summary>
internal sealed record WireProperty(PropertyIdentifier Identifier, byte[] Value)
{
    /// <summary>Splits a property block; knows nothing of the decoders under test.</summary>
    public static List<WireProperty> Parse(ReadOnlySpan<byte> block)
    {
        var properties = new List<WireProperty>();
        while (!block.IsEmpty)
        {
            var identifier = (PropertyIdentifier)block[0];
            int length = LengthOf(identifier, block[1..]);
            properties.Add(new WireProperty(identifier, block.Slice(1, length).ToArray()));
            block = block[(1 + length)..];
        }

        return properties;
    }

    public override string ToString() => $"{Identifier}={Convert.ToHexString(Value)}";

    private static int LengthOf(PropertyIdentifier identifier, ReadOnlySpan<byte> value) => identifier switch
    {
        PropertyIdentifier.SessionExpiryInterval or PropertyIdentifier.MessageExpiryInterval or PropertyIdentifier.WillDelayInterval
            or PropertyIdentifier.MaximumPacketSize => 4,
        PropertyIdentifier.ServerKeepAlive or PropertyIdentifier.ReceiveMaximum or PropertyIdentifier.TopicAliasMaximum
            or PropertyIdentifier.TopicAlias => 2,
        PropertyIdentifier.SubscriptionIdentifier => 1 + value.IndexOfAnyInRange((byte)0, (byte)0x7F),
        PropertyIdentifier.ContentType or PropertyIdentifier.ResponseTopic or PropertyIdentifier.CorrelationData
            or PropertyIdentifier.AssignedClientIdentifier or PropertyIdentifier.AuthenticationMethod or PropertyIdentifier.AuthenticationData
            or PropertyIdentifier.ResponseInformation or PropertyIdentifier.ServerReference or PropertyIdentifier.ReasonString => DataLength(value),
        PropertyIdentifier.UserProperty => DataLength(value) + DataLength(value[DataLength(value)..]),
        _ => 1,
    };

    private static int DataLength(ReadOnlySpan<byte> value) => 2 + (value[0] << 8 | value[1]);
}
