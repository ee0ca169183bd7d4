using System.Formats.Tar;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Copies of a whole store: to a directory, or to a single file in tar format.</summary>
public static class StoreBackup
{
    private const string TarExtension = ".tar";

    /// <summary>
    /// Copies the store as of now; a broker may work on it meanwhile. What the broker had acknowledged when this was called is in
    /// the copy. The copy is checked before it is kept.
    /// </summary>
    /// <param name="directory">Of the store. It is not changed.</param>
    /// <param name="target">A directory that is empty or does not exist, or a file whose name ends in <c>.tar</c> and that does not exist.</param>
    /// <param name="progress">Told now and then how far it has come.</param>
    /// <returns>What is in the copy.</returns>
    /// <exception cref="StoreException">The store cannot be read or has problems, or the target cannot be written. Nothing is left behind.</exception>
    public static StoreCounts Create(string directory, string target, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(target);
        bool isTar = target.EndsWith(TarExtension, StringComparison.OrdinalIgnoreCase);
        if (isTar && Path.Exists(target))
        {
            throw new StoreException($"{target} exists: name another file. Nothing was changed.", StoreFault.Directory);
        }

        using var snapshot = StoreSnapshot.Take(directory);
        var report = StoreCheck.Run(snapshot.Tables, snapshot.Origin, progress);
        ThrowIfDamaged(report, $"The store in {snapshot.Origin}");
        snapshot.Close();
        if (isTar)
        {
            WriteTar(snapshot.Directory, Path.GetFullPath(target), progress);
        }
        else
        {
            EmptyPlace.Fill(target, inside => CopyFiles(snapshot.Directory, inside, progress));
        }

        return report.Counts;
    }

    /// <summary>Puts a copy back as a store. The result is checked before it is a store.</summary>
    /// <param name="source">A directory or file that <see cref="Create"/> has made.</param>
    /// <param name="directory">Of the store to be; must be empty or not exist.</param>
    /// <param name="progress">Told now and then how far it has come.</param>
    /// <returns>What is in the store.</returns>
    /// <exception cref="StoreException">The source is no copy of a store, or the directory is not empty. Nothing was changed.</exception>
    public static StoreCounts Restore(string source, string directory, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(directory);
        source = Path.GetFullPath(source);
        StoreCounts? counts = null;
        EmptyPlace.Fill(directory, inside =>
        {
            if (Directory.Exists(source))
            {
                CopyFiles(source, inside, progress);
            }
            else if (File.Exists(source))
            {
                ReadTar(source, inside, progress);
            }
            else
            {
                throw new StoreException($"{source} does not exist: name a directory or a file that `godwit-server store backup` has made.", StoreFault.Directory);
            }

            if (!File.Exists(Path.Combine(inside, StoreFiles.Current)))
            {
                throw new StoreException($"{source} is no backup of a store: it has no file {StoreFiles.Current}.", StoreFault.Directory);
            }

            using var tables = OpenCopy(inside, source);
            var report = StoreCheck.Run(tables, source, progress);
            ThrowIfDamaged(report, $"The backup {source}");
            counts = report.Counts;
        });
        return counts!;
    }

    private static RocksDbTables OpenCopy(string inside, string source)
    {
        RocksDbTables? tables = null;
        try
        {
            tables = RocksDbTables.Open(inside, new TablesOptions { CutDamagedLog = Recovery.LevelMark.AllowsCut(inside) });
            Recovery.StoreFormat.Read(tables);
            return tables;
        }
        catch (StoreException error)
        {
            tables?.Dispose();
            throw new StoreException($"The backup {source} cannot be used. {error.Message.Replace(inside, source, StringComparison.Ordinal)}", error.Fault, error);
        }
    }

    private static void ThrowIfDamaged(StoreCheckReport report, string what)
    {
        if (report.ErrorCount > 0)
        {
            throw new StoreException(
                $"{what} has {report.ErrorCount} problems, the first in table {report.Problems[0].Table} at {report.Problems[0].Key}: {report.Problems[0].Text}. "
                + "Run `godwit-server store check` to see all of them.",
                StoreFault.Corruption);
        }
    }

    private static void CopyFiles(string from, string to, Action<string>? progress)
    {
        string[] names = [.. Directory.EnumerateFiles(from).Select(path => Path.GetFileName(path)!).Where(StoreFiles.IsPart).Order(StringComparer.Ordinal)];
        var pace = new ProgressPace(progress);
        for (int i = 0; i < names.Length; i++)
        {
            StoreFiles.Copy(Path.Combine(from, names[i]), Path.Combine(to, names[i]));
            pace.Tell($"copied {i + 1} of {names.Length} files");
        }
    }

    private static void WriteTar(string from, string target, Action<string>? progress)
    {
        string partial = target + ".partial";
        try
        {
            using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                using (var tar = new TarWriter(file, TarEntryFormat.Pax, leaveOpen: true))
                {
                    var pace = new ProgressPace(progress);
                    foreach (string path in Directory.EnumerateFiles(from).Where(path => StoreFiles.IsPart(Path.GetFileName(path))).Order(StringComparer.Ordinal))
                    {
                        tar.WriteEntry(path, Path.GetFileName(path));
                        pace.Tell($"wrote {file.Length / (1024 * 1024)} MiB");
                    }
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(partial, target, overwrite: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(partial);
            throw new StoreException($"The file {target} cannot be written: {error.Message}", StoreFault.InputOutput, error);
        }
    }

    private static void ReadTar(string source, string to, Action<string>? progress)
    {
        try
        {
            using var file = File.OpenRead(source);
            using var tar = new TarReader(file);
            var pace = new ProgressPace(progress);
            while (tar.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !StoreFiles.IsPart(entry.Name))
                {
                    throw new StoreException($"{source} is no backup of a store: it holds {entry.Name}.", StoreFault.Directory);
                }

                entry.ExtractToFile(Path.Combine(to, entry.Name), overwrite: false);
                pace.Tell($"read {file.Position / (1024 * 1024)} of {file.Length / (1024 * 1024)} MiB");
            }
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new StoreException($"{source} is no backup of a store: {error.Message}", StoreFault.Directory, error);
        }
    }
}
