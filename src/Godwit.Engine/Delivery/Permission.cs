namespace Godwit.Engine.Delivery;

/// <summary>May a message be sent to a client?</summary>
internal enum Permission : byte
{
    Granted,
    Refused,

    /// <summary>The answer is due: ask again when it has come.</summary>
    Later,
}
