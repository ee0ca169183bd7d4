namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Everything in a store as text: one JSON object a line. See docs/operations.md for the lines.</summary>
public static class StoreExport
{
    /// <summary>Writes what is in the store; a broker may work on it meanwhile.</summary>
    /// <param name="directory">Of the store. It is not changed.</param>
    /// <param name="output">Where the lines go.</param>
    /// <param name="progress">Told now and then how far it has come.</param>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static void Write(string directory, Stream output, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(output);
        using var snapshot = StoreSnapshot.Take(directory);
        using var lines = new LineWriter(output);
        new ExportWalk(snapshot.Tables, lines, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), new ProgressPace(progress)).Run();
    }
}
