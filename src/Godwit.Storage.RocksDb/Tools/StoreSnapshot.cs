using Godwit.Storage.RocksDb.Recovery;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>
/// A store as of now, taken from outside, whether a broker works on it or not, and opened to be read. The original is not
/// changed: table files are never written to twice and get a second name, logs are copied.
/// </summary>
/// <remarks>
/// What a crash would leave behind at one moment is a store. So: first the manifest, which names the table files and the oldest
/// log that is needed; then the logs, oldest first, since none is written to once there is a newer one. RocksDB removes logs from
/// the oldest on, and only after the manifest says that they are not needed: if all logs that were seen are still there at the
/// end, and the manifest is still the same file, none is missing. Otherwise it is tried again.
/// </remarks>
internal sealed class StoreSnapshot : IDisposable
{
    private const string Prefix = "snapshot-";
    private const int AttemptsMax = 30;
    private const int PauseMilliseconds = 200;

    private StoreSnapshot(string origin, string directory, RocksDbTables tables)
    {
        Origin = origin;
        Directory = directory;
        Tables = tables;
    }

    /// <summary>The directory of the store, as a full path.</summary>
    public string Origin { get; }

    /// <summary>The directory of the snapshot.</summary>
    public string Directory { get; }

    public RocksDbTables Tables { get; }

    /// <summary>Takes a snapshot.</summary>
    /// <param name="origin">Directory of the store.</param>
    /// <param name="cutDamagedLog">Whether a log that is damaged, where commits follow, is read up to there.</param>
    /// <exception cref="StoreException">There is no store, it is damaged or newer, or there is no room for the copy of its log.</exception>
    public static StoreSnapshot Take(string origin, bool cutDamagedLog = false)
    {
        origin = Path.TrimEndingDirectorySeparator(Path.GetFullPath(origin));
        if (!File.Exists(Path.Combine(origin, StoreFiles.Current)))
        {
            throw new StoreException($"{origin} holds no store: name the data directory of a godwit-server (--data DIR).", StoreFault.Directory);
        }

        RemoveStale(origin);
        var options = new TablesOptions { CutDamagedLog = cutDamagedLog || LevelMark.AllowsCut(origin) };
        for (int attempt = 1; ; attempt++)
        {
            string directory = CreateDirectory(origin);
            try
            {
                if (TryCopy(origin, directory))
                {
                    return Open(origin, directory, options);
                }
            }
            catch (StoreException error) when (attempt < AttemptsMax && error.Message.Contains("No such file", StringComparison.Ordinal))
            {
                // A table file that was written and removed in between.
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Delete(directory);
                throw new StoreException($"The store in {origin} cannot be read: {error.Message}", StoreFault.InputOutput, error);
            }
            catch
            {
                Delete(directory);
                throw;
            }

            Delete(directory);
            if (attempt == AttemptsMax)
            {
                throw new StoreException($"The store in {origin} changes too fast to be copied while a broker works on it: try again when it is less busy.");
            }

            Thread.Sleep(PauseMilliseconds);
        }
    }

    /// <summary>Closes the tables and leaves the files to the caller, who then calls <see cref="Dispose"/>.</summary>
    public void Close() => Tables.Dispose();

    public void Dispose()
    {
        Tables.Dispose();
        Delete(Directory);
    }

    private static StoreSnapshot Open(string origin, string directory, TablesOptions options)
    {
        RocksDbTables? tables = null;
        try
        {
            tables = RocksDbTables.Open(directory, options);
            StoreFormat.Read(tables);
            return new StoreSnapshot(origin, directory, tables);
        }
        catch (StoreException error)
        {
            tables?.Dispose();
            throw new StoreException(error.Message.Replace(directory, origin, StringComparison.Ordinal), error.Fault, error);
        }
    }

    // False when the broker was faster.
    private static bool TryCopy(string origin, string directory)
    {
        try
        {
            string current = File.ReadAllText(Path.Combine(origin, StoreFiles.Current));
            LinkTableFiles(origin, directory);
            string[] before = StoreFiles.Logs(origin);
            string manifest = current.Trim();
            StoreFiles.Copy(Path.Combine(origin, manifest), Path.Combine(directory, manifest));
            LinkTableFiles(origin, directory);
            string[] logs = StoreFiles.Logs(origin);
            foreach (string log in logs)
            {
                StoreFiles.Copy(Path.Combine(origin, log), Path.Combine(directory, log));
            }

            File.WriteAllText(Path.Combine(directory, StoreFiles.Current), current);
            CopyLevel(origin, directory);
            string[] after = StoreFiles.Logs(origin);
            return File.ReadAllText(Path.Combine(origin, StoreFiles.Current)) == current && !before.Concat(logs).Except(after).Any();
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private static void LinkTableFiles(string origin, string directory)
    {
        foreach (string name in StoreFiles.TableFiles(origin))
        {
            string target = Path.Combine(directory, name);
            if (!File.Exists(target))
            {
                try
                {
                    StoreFiles.LinkOrCopy(Path.Combine(origin, name), target);
                }
                catch (FileNotFoundException)
                {
                    // Not needed any more; if it is, opening tells.
                }
            }
        }
    }

    private static void CopyLevel(string origin, string directory)
    {
        string level = Path.Combine(origin, LevelMark.FileName);
        if (File.Exists(level))
        {
            File.Copy(level, Path.Combine(directory, LevelMark.FileName));
        }
    }

    // Within the store, where table files can be linked; a store that may only be read is copied.
    private static string CreateDirectory(string origin)
    {
        string name = $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}";
        try
        {
            return System.IO.Directory.CreateDirectory(Path.Combine(origin, name)).FullName;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return System.IO.Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "godwit-" + name)).FullName;
        }
    }

    // What a tool left behind that was killed keeps removed table files on the disk. The name tells whose it was.
    private static void RemoveStale(string origin)
    {
        foreach (string directory in System.IO.Directory.EnumerateDirectories(origin, Prefix + "*"))
        {
            string owner = Path.GetFileName(directory)[Prefix.Length..].Split('-')[0];
            if (int.TryParse(owner, out int process) && process != Environment.ProcessId && !IsAlive(process) && !IsLocked(directory))
            {
                Delete(directory);
            }
        }
    }

    private static bool IsLocked(string directory)
    {
        try
        {
            DirectoryLock.Acquire(directory).Dispose();
            return false;
        }
        catch (StoreException)
        {
            return true;
        }
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using var found = System.Diagnostics.Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void Delete(string directory)
    {
        try
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next tool tries again.
        }
    }
}
