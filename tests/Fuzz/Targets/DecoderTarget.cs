using Godwit.Protocol;

namespace Godwit.Fuzz.Targets;

/// <summary>
/// The decoders of one version and direction. The first byte of the input says what is let pass
/// (<see cref="DecodeLeniency"/>), the rest is a stream of packets.
/// </summary>
internal sealed class DecoderTarget(ProtocolVersion version, PacketSender sender) : IFuzzTarget
{
    private readonly PacketRoundTrip _roundTrip = new();

    public string Name { get; } = $"decode-{FuzzTargets.NameOf(version)}-{(sender == PacketSender.Client ? "client" : "server")}";

    /// <summary>Packets taken so far; for the tests.</summary>
    public long Packets { get; private set; }

    /// <summary>Packets refused so far; for the tests.</summary>
    public long Faults { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var leniency = (DecodeLeniency)input[0] & DecodeLeniency.All;
        var bytes = input[1..];
        while (!bytes.IsEmpty)
        {
            var status = Frame.TryRead(bytes, Frame.PacketSizeMax, version, leniency, out var header, out var fault);
            Oracle.That(status == FrameStatus.Invalid != fault.IsNone, "a frame is invalid without a fault, or valid with one");
            CheckBeginnings(bytes, leniency, status, header, fault);
            if (status != FrameStatus.Complete)
            {
                Faults += status == FrameStatus.Invalid ? 1 : 0;
                return;
            }

            Oracle.That(header.TotalLength <= bytes.Length && header.HasHeader, "a frame is complete that is not there");
            var packetVersion = version;
            if (!_roundTrip.TryRun(header, bytes.Slice(header.HeaderLength, header.RemainingLength), ref packetVersion, sender, leniency, out _))
            {
                Faults++;
                return; // the connection would be closed
            }

            Packets++;
            bytes = bytes[header.TotalLength..];
        }
    }

    public IEnumerable<byte[]> Seeds()
    {
        foreach (var vector in Vectors.Of(version, sender))
        {
            yield return [0, .. vector.Bytes];
            if (!vector.IsValid)
            {
                yield return [(byte)DecodeLeniency.All, .. vector.Bytes];
            }
        }

        byte[] all = [0, .. Vectors.Of(version, sender).Where(vector => vector.IsValid && vector.Bytes.Length < 64).SelectMany(vector => vector.Bytes)];
        yield return all;
    }

    // What a receiver says of the first bytes it must not take back when more come.
    private void CheckBeginnings(ReadOnlySpan<byte> bytes, DecodeLeniency leniency, FrameStatus status, in FrameHeader header, in ProtocolFault fault)
    {
        for (int length = 0; length < bytes.Length && length < Frame.HeaderLengthMax; length++)
        {
            var early = Frame.TryRead(bytes[..length], Frame.PacketSizeMax, version, leniency, out var earlyHeader, out var earlyFault);
            switch (early)
            {
                case FrameStatus.Invalid:
                    Oracle.That(status == FrameStatus.Invalid && earlyFault == fault, "a beginning is invalid and the whole is not");
                    break;
                case FrameStatus.Complete:
                    Oracle.That(status == FrameStatus.Complete && earlyHeader.TotalLength == header.TotalLength, "a beginning is another packet than the whole");
                    break;
                default:
                    Oracle.That(!earlyHeader.HasHeader || earlyHeader.TotalLength == header.TotalLength, "the length of a packet changes while it arrives");
                    break;
            }
        }
    }
}
