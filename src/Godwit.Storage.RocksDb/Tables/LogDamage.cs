namespace Godwit.Storage.RocksDb.Tables;

/// <summary>Where a log of the store stops being readable.</summary>
/// <param name="File">The log, with its path.</param>
/// <param name="Offset">The byte from which on it is not what was written.</param>
/// <param name="CommitsFollow">Whether whole commits follow: then the damage is not the torn end of the last one.</param>
internal sealed record LogDamage(string File, long Offset, bool CommitsFollow);
