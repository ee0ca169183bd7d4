namespace Godwit.Broker.Listeners;

/// <summary>Whether a connection may come in.</summary>
internal enum AcceptVerdict : byte
{
    /// <summary>It may, and is counted.</summary>
    Admitted,

    /// <summary>As many connections as there may be in all.</summary>
    TotalReached,

    /// <summary>As many connections as one address may have.</summary>
    AddressReached,
}
