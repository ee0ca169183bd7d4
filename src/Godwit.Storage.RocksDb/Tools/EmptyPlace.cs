namespace Godwit.Storage.RocksDb.Tools;

/// <summary>
/// Fills a directory that is empty, or not there yet, with the files of a store: all or nothing. They are made in a directory
/// inside it and then moved, the one that makes them a store last; a server refuses a directory that holds the rest.
/// </summary>
internal static class EmptyPlace
{
    public static void Fill(string directory, Action<string> fill)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        string inside = Path.Combine(directory, "incoming-" + Environment.ProcessId);
        bool isNew = !Directory.Exists(directory);
        try
        {
            if (File.Exists(directory) || (!isNew && Directory.EnumerateFileSystemEntries(directory).Any(path => Path.GetFileName(path) != "lost+found")))
            {
                throw new StoreException($"{directory} is not empty: name a directory that is, or one that does not exist. Nothing was changed.", StoreFault.Directory);
            }

            Directory.CreateDirectory(inside);
            try
            {
                fill(inside);
                foreach (string path in Directory.GetFiles(inside).OrderBy(path => Path.GetFileName(path) == StoreFiles.Current))
                {
                    if (StoreFiles.IsPart(Path.GetFileName(path)))
                    {
                        File.Move(path, Path.Combine(directory, Path.GetFileName(path)));
                    }
                }
            }
            finally
            {
                Directory.Delete(inside, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            RemoveIfNew(directory, isNew);
            throw new StoreException($"The directory {directory} cannot be filled: {error.Message}", StoreFault.InputOutput, error);
        }
        catch
        {
            RemoveIfNew(directory, isNew);
            throw;
        }
    }

    private static void RemoveIfNew(string directory, bool isNew)
    {
        if (isNew && Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            Directory.Delete(directory);
        }
    }
}
