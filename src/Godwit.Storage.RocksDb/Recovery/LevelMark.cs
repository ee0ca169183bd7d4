using Godwit.Engine.Journals;

namespace Godwit.Storage.RocksDb.Recovery;

/// <summary>
/// A file beside the store that tells at which level it was last written, since that decides what damage of its log means, and
/// has to be known before the store is opened.
/// </summary>
internal static class LevelMark
{
    public const string FileName = "godwit.level";

    /// <summary>True when the last run did not promise to survive loss of power: then the end of the log may be damaged in any way, and may be cut.</summary>
    public static bool AllowsCut(string directory)
    {
        string path = Path.Combine(directory, FileName);
        return File.Exists(path) && File.ReadAllText(path).Trim() == NameOf(DurabilityLevel.Os);
    }

    /// <summary>Notes the level of this run.</summary>
    public static void Write(string directory, DurabilityLevel level)
    {
        string path = Path.Combine(directory, FileName);
        if (!File.Exists(path) || File.ReadAllText(path).Trim() != NameOf(level))
        {
            string fresh = path + ".new";
            try
            {
                File.WriteAllText(fresh, NameOf(level) + "\n");
                File.Move(fresh, path, overwrite: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new StoreException($"The file {path} cannot be written: {error.Message} Make room on the disk, or give the user the right to.", StoreFault.Directory, error);
            }
        }
    }

    /// <summary>The level of the last run; null when nothing is noted.</summary>
    public static string? Read(string directory)
    {
        string path = Path.Combine(directory, FileName);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    private static string NameOf(DurabilityLevel level) => level == DurabilityLevel.Fsync ? "fsync" : "os";
}
