using System.Globalization;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>
/// One process per directory: a file that is locked while the process lives, and one beside it, for all to read, with the
/// process' id. RocksDB has a lock too, but cannot say who holds it.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    /// <summary>The name of the locked file.</summary>
    public const string FileName = "godwit.lock";

    /// <summary>The name of the file with the holder's id; an id without the lock means nothing.</summary>
    public const string HolderFileName = "godwit.pid";

    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WouldBlockLinux = 11;
    private const int WouldBlockBsd = 35;
    private readonly FileStream _file;
    private readonly string _holderPath;

    private DirectoryLock(FileStream file, string holderPath)
    {
        _file = file;
        _holderPath = holderPath;
    }

    /// <summary>Locks the directory for this process.</summary>
    /// <exception cref="StoreException">Another process, or another store in this one, has it; or the directory is not writable.</exception>
    public static DirectoryLock Acquire(string directory)
    {
        var holderPath = Path.Combine(directory, HolderFileName);
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception.HResult is SharingViolation or WouldBlockLinux or WouldBlockBsd)
        {
            var holder = ReadHolder(holderPath) switch
            {
                { } id when id == Environment.ProcessId => $"this process (id {id})",
                { } id => $"process {id}",
                _ => "another process",
            };
            throw new StoreException(
                $"The store in {directory} is in use by {holder}: stop it first, or give this server a data directory of its own.", StoreFault.Locked, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StoreDirectory.NotWritable(directory, exception);
        }

        try
        {
            File.WriteAllText(holderPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The lock holds without the id, which a full disk has no room for.
        }

        return new DirectoryLock(file, holderPath);
    }

    /// <summary>Gives the directory back. The locked file stays: to delete it would let two processes lock two files of that name.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_holderPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Only the id stays behind.
        }

        _file.Dispose();
    }

    private static int? ReadHolder(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
