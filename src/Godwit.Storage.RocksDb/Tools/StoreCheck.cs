using Godwit.Storage.RocksDb.Recovery;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Reads a whole store and tells what is wrong with it. Works beside a running broker, and changes nothing.</summary>
public static class StoreCheck
{
    /// <summary>Checks the store in a directory.</summary>
    /// <param name="directory">Of the store.</param>
    /// <param name="progress">Told now and then how far it has come.</param>
    /// <exception cref="StoreException">There is no store, or it cannot even be opened: the manifest is damaged, files are missing, or a newer version wrote it.</exception>
    public static StoreCheckReport Run(string directory, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        try
        {
            using var snapshot = StoreSnapshot.Take(directory);
            return Run(snapshot.Tables, snapshot.Origin, progress);
        }
        catch (StoreException error) when (error.Fault == StoreFault.Corruption)
        {
            // Once more, up to the damage of the log, if that is what it is.
            using var snapshot = StoreSnapshot.Take(directory, cutDamagedLog: true);
            if (snapshot.Tables.LogCut is not { CommitsFollow: true } damage)
            {
                throw;
            }

            return Run(snapshot.Tables, snapshot.Origin, progress) with { LogDamage = Describe(damage, snapshot) };
        }
    }

    /// <summary>
    /// Drops what follows the damage of a log, so that the store opens again. What is dropped is lost, though it was acknowledged:
    /// keep a copy of the directory. Without effect on a store that opens.
    /// </summary>
    /// <param name="directory">Of the store; no broker may work on it.</param>
    /// <exception cref="StoreException">A broker works on it, or it cannot be opened even so.</exception>
    public static void CutDamagedLog(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        if (!File.Exists(Path.Combine(directory, StoreFiles.Current)))
        {
            throw new StoreException($"{directory} holds no store: name the data directory of a godwit-server (--data DIR).", StoreFault.Directory);
        }

        using var tables = RocksDbTables.Open(directory, new TablesOptions { CutDamagedLog = true });
        StoreFormat.Read(tables);
        tables.Flush();
    }

    internal static StoreCheckReport Run(RocksDbTables tables, string origin, Action<string>? progress)
    {
        var counts = new StoreCounts
        {
            Format = StoreFormat.Read(tables),
            Epoch = StoreFormat.ReadEpoch(tables),
            Level = LevelMark.Read(tables.Directory),
        };
        var findings = new Findings(text => text.Replace(tables.Directory, origin, StringComparison.Ordinal));
        new TableCheck(tables, counts, findings, new ProgressPace(progress)).Run();
        return findings.ToReport(counts);
    }

    private static string Describe(LogDamage damage, StoreSnapshot snapshot)
    {
        string name = Path.GetFileName(damage.File);
        long lost = 0;
        foreach (string log in StoreFiles.Logs(snapshot.Origin).SkipWhile(log => log != name))
        {
            lost += new FileInfo(Path.Combine(snapshot.Origin, log)).Length - (log == name ? damage.Offset : 0);
        }

        return $"The log {Path.Combine(snapshot.Origin, name)} is damaged at byte {damage.Offset}, and commits follow that cannot be read in order: "
            + $"at most {lost} bytes of log are lost, which were acknowledged. What is counted here is what is left. "
            + "Restore a backup if it is newer than what is left; else keep a copy of the directory, stop the server, and run this with --cut to go on with what is left.";
    }
}
