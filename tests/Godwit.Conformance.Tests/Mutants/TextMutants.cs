namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults with strings.</summary>
internal static class TextMutants
{
    public static readonly Mutant[] All =
    [
        new("replaces-byte-order-marks", "Makes three spaces of EF BB BF.", Mutant.Change(PacketType.Publish, packet => PacketSurgery.Overwrite(packet, [0xEF, 0xBB, 0xBF], "   "u8)),
            "5.0/byte-order-mark-stays-in-topic", "5.0/byte-order-mark-stays-in-properties"),
        new("replaces-characters-of-four-bytes", "Makes question marks of characters above U+FFFF.", Mutant.Change(PacketType.Publish, packet => PacketSurgery.Overwrite(packet, [0xF0, 0x9F, 0x90, 0xA6], "????"u8)),
            "5.0/long-strings-pass-unchanged"),
    ];
}
