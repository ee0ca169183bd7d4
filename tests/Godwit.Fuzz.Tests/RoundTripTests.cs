using CsCheck;
using Godwit.Protocol;

namespace Godwit.Fuzz.Tests;

/// <summary>
/// What is legal is taken, and what was decoded is written again with every field and property it came with. Packets are
/// built and compared without the code under test, so that a mistake on both ways does not hide itself.
/// </summary>
public sealed class RoundTripTests
{
    // Any seed will do; a fixed one makes the test the same each time.
    private const string Seed = "0N0XIzNsQ0O2";
    private const long Count = 2_000;

    public static TheoryData<PacketType> Types() => [.. Enum.GetValues<PacketType>().Where(type => type != PacketType.None)];

    [Theory, MemberData(nameof(Types))]
    public void Packets_come_back_as_they_went(PacketType type)
    {
        var seen = new HashSet<string>();
        PacketGenerator.All[type].Sample(
            packet =>
            {
                seen.Add(RoundTrip(packet));
            },
            seed: Seed,
            iter: Count,
            threads: 1);
        Assert.True(seen.Count >= (type is PacketType.PingReq or PacketType.PingResp ? 1 : 100), $"only {seen.Count} different packets");
    }

    [Theory, MemberData(nameof(Types))]
    public void Packets_that_end_early_are_faults_or_other_packets(PacketType type) =>
        PacketGenerator.All[type].Sample(
            packet =>
            {
                byte[] bytes = packet.ToBytes();
                Assert.Equal(FrameStatus.Complete, Frame.TryRead(bytes, Frame.PacketSizeMax, packet.Version, DecodeLeniency.None, out var header, out _));
                for (int length = 0; length < header.RemainingLength; length++)
                {
                    var version = packet.Version;
                    new PacketRoundTrip().TryRun(
                        header, bytes.AsSpan(header.HeaderLength, length), ref version, packet.Sender, DecodeLeniency.None, out _);
                }
            },
            seed: Seed,
            iter: 100,
            threads: 1);

    private static string RoundTrip(WirePacket packet)
    {
        byte[] bytes = packet.ToBytes();
        var status = Frame.TryRead(bytes, Frame.PacketSizeMax, packet.Version, DecodeLeniency.None, out var header, out var fault);
        Assert.True(status == FrameStatus.Complete, $"{packet}: {status} {fault.Detail}");
        Assert.Equal(bytes.Length, header.TotalLength);

        var version = packet.Type == PacketType.Connect ? ProtocolVersion.Mqtt5 : packet.Version;
        var roundTrip = new PacketRoundTrip();
        bool isTaken = roundTrip.TryRun(header, bytes.AsSpan(header.HeaderLength), ref version, packet.Sender, DecodeLeniency.None, out fault);
        Assert.True(isTaken, $"{packet}: {fault.Detail}");
        Assert.Equal(packet.Version, version);
        string description = packet.Describe();
        Assert.Equal(description, packet.Reread(roundTrip.Encoded).Describe());
        return description;
    }
}
