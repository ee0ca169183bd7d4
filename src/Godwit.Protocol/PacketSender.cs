namespace Godwit.Protocol;

/// <summary>Which side sent the packet that is decoded: some fields are legal in one direction only.</summary>
public enum PacketSender : byte
{
    /// <summary>Sent by a client, decoded by a server.</summary>
    Client = 0,

    /// <summary>Sent by a server, decoded by a client.</summary>
    Server = 1,
}
