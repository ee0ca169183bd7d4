using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.SharedGroups;
using Godwit.Protocol;

namespace Godwit.Engine.Sessions;

/// <summary>One QoS 1 or 2 message on its way to a client: from the PUBLISH to its PUBACK or PUBCOMP (§4.3).</summary>
internal struct OutboundExchange
{
    /// <summary>0 marks a free slot.</summary>
    public ushort PacketIdentifier;
    public QualityOfService QoS;

    /// <summary>PUBREC has come, PUBREL is out: only PUBREL may be sent again ([MQTT-4.3.3-6]).</summary>
    public bool Released;

    /// <summary>Sent on the connection that is open now, so that it counts against its send quota.</summary>
    public bool SentHere;
    public bool Retain;

    /// <summary>Grows from exchange to exchange: the order in which they are sent again.</summary>
    public uint Order;

    /// <summary>The store has a record for this message alone, since it lies in no journal that the session reads.</summary>
    public bool HasOwnRecord;

    /// <summary>Kept for sending again; null in a session that ends with its connection, and after a restart until the journal has been read.</summary>
    public Message? Message;

    /// <summary>Where the message is stored, for sessions that persist.</summary>
    public Journal? Journal;
    public long Index;

    /// <summary>True when the message lies in a journal that the session reads.</summary>
    public readonly bool IsInJournal => Journal is not null && !HasOwnRecord;

    /// <summary>The membership through which a shared group handed the message over, until the group is done with it; <see cref="Index"/> is then the group's.</summary>
    public GroupMember? Member;
}
