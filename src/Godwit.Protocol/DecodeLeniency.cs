namespace Godwit.Protocol;

/// <summary>
/// Faults of the peer that a decoder lets pass when asked to. What was let pass is reported by the packet's
/// <c>Tolerated</c> property, so that it can be counted.
/// </summary>
[Flags]
public enum DecodeLeniency : byte
{
    /// <summary>Every fault is reported as one.</summary>
    None = 0,

    /// <summary>A PUBLISH of QoS 0 with DUP set ([MQTT-3.3.1-2]); DUP is read as 0.</summary>
    DupOnQoS0 = 1,

    /// <summary>A 3.1 or 3.1.1 CONNECT with a password but no user name (3.1.1 [MQTT-3.1.2-22]). Legal in 5.0.</summary>
    PasswordWithoutUserName = 2,

    /// <summary>A CONNECT with Will QoS or Will Retain but no will (5.0 [MQTT-3.1.2-11], [MQTT-3.1.2-13]); the bits are ignored.</summary>
    WillBitsWithoutWill = 4,

    /// <summary>A well-formed 5.0 property in a packet that may not carry it; the property is ignored.</summary>
    MisplacedProperty = 8,

    /// <summary>All of the above.</summary>
    All = DupOnQoS0 | PasswordWithoutUserName | WillBitsWithoutWill | MisplacedProperty,
}
