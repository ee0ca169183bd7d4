namespace Godwit.Engine.Observation;

/// <summary>Faults of clients that a lenient listener tolerates and counts.</summary>
public enum ToleratedFault : byte
{
    /// <summary>A fault in the form of a packet (see <see cref="Godwit.Protocol.DecodeLeniency"/>).</summary>
    PacketForm,

    /// <summary>More unfinished QoS 1 and 2 publications than the Receive Maximum allows.</summary>
    ReceiveMaximum,
}
