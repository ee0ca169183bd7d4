namespace Godwit.Load.Engine;

/// <summary>One client connection. Lives in native memory, so that the loop touches no managed object per message.</summary>
internal unsafe struct Link
{
    public int Fd;
    public int Number;
    public LinkRole Role;
    public LinkState State;
    public bool Dirty;
    public bool WaitsToWrite;
    public bool HasCredit;

    /// <summary>When its connection was begun, or was due.</summary>
    public long OpenedAt;

    /// <summary>The start of a packet whose rest has not arrived.</summary>
    public byte* Carry;
    public int CarryLength;
    public int CarryCapacity;

    public byte* Out;
    public int OutLength;
    public int OutCapacity;

    /// <summary>Publisher: the encoded PUBLISH, into which identifier, time stamp and sequence are patched.</summary>
    public byte* Template;
    public int TemplateLength;
    public int IdentifierOffset;
    public int PayloadOffset;

    /// <summary>Publisher above QoS 0: when each unacknowledged PUBLISH was due, by packet identifier modulo its length.</summary>
    public long* Stamps;
    public int StampMask;

    public long Sent;
    public long Acknowledged;
    public long Delivered;
}
