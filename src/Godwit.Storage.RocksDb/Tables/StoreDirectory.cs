using System.Runtime.InteropServices;
using Godwit.Storage.RocksDb.Native;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>Judges a directory before RocksDB touches it, since RocksDB would fill whatever it is given.</summary>
internal static unsafe class StoreDirectory
{
    /// <summary>The column family that every database has; ours is empty.</summary>
    public const string DefaultFamily = "default";

    /// <summary>Creates the directory if need be, and refuses what is no place for a store.</summary>
    /// <returns>The full path, without a separator at its end.</returns>
    public static string Prepare(string directory)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (File.Exists(directory))
        {
            throw new StoreException($"{directory} is a file, not a directory: name a directory for the store.", StoreFault.Directory);
        }

        try
        {
            System.IO.Directory.CreateDirectory(directory);
            if (!File.Exists(Path.Combine(directory, "CURRENT")))
            {
                ThrowIfOccupied(directory);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(directory, exception);
        }

        return directory;
    }

    /// <summary>Refuses a database that has other tables than ours. Under the lock.</summary>
    public static void ThrowIfForeign(string directory)
    {
        if (!File.Exists(Path.Combine(directory, "CURRENT")))
        {
            return;
        }

        var names = ListFamilies(directory);
        var unknown = names.Where(name => name != DefaultFamily && !TableNames.All.Contains(name)).ToArray();
        if (unknown.Length > 0 && names.Contains(TableNames.Of(Table.Meta)))
        {
            throw new StoreException(
                $"The store in {directory} has tables that this version does not know ({string.Join(", ", unknown)}): a newer version wrote it. "
                + "Run that version, or restore a backup of this one.",
                StoreFault.Directory);
        }

        // A database is born with its default column family alone; ours get theirs right after.
        if (unknown.Length > 0)
        {
            throw new StoreException(
                $"{directory} holds a RocksDB database of another program (tables {string.Join(", ", unknown)}): give the store a directory of its own.",
                StoreFault.Directory);
        }
    }

    /// <summary>The exception for a directory that this process cannot write to.</summary>
    public static StoreException NotWritable(string directory, Exception cause) => new(
        $"The directory {directory} cannot be written to by user {Environment.UserName}: {cause.Message} Give the user the right to, or name another directory.",
        StoreFault.Directory,
        cause);

    private static void ThrowIfOccupied(string directory)
    {
        // What a first start leaves behind that was cut off, and what the root of a file system has.
        var foreign = System.IO.Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).FirstOrDefault(name =>
            name is not (DirectoryLock.FileName or DirectoryLock.HolderFileName or Recovery.LevelMark.FileName or "LOCK" or "IDENTITY" or "lost+found")
            && !name!.StartsWith("LOG", StringComparison.Ordinal)
            && !name.StartsWith("MANIFEST-", StringComparison.Ordinal)
            && !name.StartsWith("OPTIONS-", StringComparison.Ordinal)
            && !(char.IsAsciiDigit(name[0]) && Path.GetExtension(name) is ".dbtmp" or ".log" or ".sst"));
        if (foreign is not null)
        {
            throw new StoreException(
                $"{directory} holds no store but other files (such as {foreign}): name an empty directory, or one that does not exist.", StoreFault.Directory);
        }
    }

    private static List<string> ListFamilies(string directory)
    {
        using var options = new NativeHandle(RocksDbNative.CreateOptions(), &RocksDbNative.DestroyOptions);
        byte* error = null;
        nuint count = 0;
        byte** list;
        fixed (byte* path = NativeText.Of(directory))
        {
            list = RocksDbNative.ListColumnFamilies(options.Value, path, &count, &error);
        }

        NativeError.ThrowIfAny(error, directory, "read its manifest");
        var names = new List<string>((int)count);
        for (nuint i = 0; i < count; i++)
        {
            names.Add(Marshal.PtrToStringUTF8((nint)list[i])!);
        }

        RocksDbNative.DestroyColumnFamilyList(list, count);
        return names;
    }
}
