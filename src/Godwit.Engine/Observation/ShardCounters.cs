namespace Godwit.Engine.Observation;

/// <summary>What one shard has counted since start. Written by its loop alone; others may read at any time and see a recent value.</summary>
public sealed class ShardCounters
{
    private readonly long[] _dropped = new long[Enum.GetValues<DropReason>().Length];
    private readonly long[] _tolerated = new long[Enum.GetValues<ToleratedFault>().Length];

    /// <summary>Connections open now, with or without CONNECT.</summary>
    public long ConnectionsOpen { get; internal set; }

    /// <summary>Connections opened or adopted so far.</summary>
    public long ConnectionsOpened { get; internal set; }

    /// <summary>Sessions that live here now, connected or not.</summary>
    public long Sessions { get; internal set; }

    /// <summary>Subscriptions that live here now.</summary>
    public long Subscriptions { get; internal set; }

    /// <summary>PUBLISH packets received.</summary>
    public long PublishReceived { get; internal set; }

    /// <summary>PUBLISH packets received that the access policy refused or discarded.</summary>
    public long PublishRefused { get; internal set; }

    /// <summary>PUBLISH packets sent, redeliveries included.</summary>
    public long PublishSent { get; internal set; }

    /// <summary>Bytes received.</summary>
    public long BytesReceived { get; internal set; }

    /// <summary>Bytes handed to the transport.</summary>
    public long BytesSent { get; internal set; }

    /// <summary>Connections closed because the client broke the protocol.</summary>
    public long ProtocolViolations { get; internal set; }

    /// <summary>Acknowledgements for packet identifiers that were not in use.</summary>
    public long UnknownAcknowledgements { get; internal set; }

    /// <summary>Messages dropped for <paramref name="reason"/>.</summary>
    public long Dropped(DropReason reason) => _dropped[(int)reason];

    /// <summary>Faults tolerated on lenient listeners.</summary>
    public long Tolerated(ToleratedFault fault) => _tolerated[(int)fault];

    internal void CountDrop(DropReason reason, long count = 1) => _dropped[(int)reason] += count;

    internal void CountTolerated(ToleratedFault fault) => _tolerated[(int)fault]++;
}
