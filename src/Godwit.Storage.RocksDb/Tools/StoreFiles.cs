using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>The files of a store, by name: which belong to it, and how they are copied.</summary>
internal static partial class StoreFiles
{
    public const string Current = "CURRENT";

    /// <summary>Whether a backup holds a file of this name. Locks and RocksDB's own log are not part of a store.</summary>
    public static bool IsPart(string name) => PartName().IsMatch(name);

    /// <summary>The write-ahead logs of a directory, oldest first.</summary>
    public static string[] Logs(string directory) => [.. Numbered(directory, ".log")];

    /// <summary>The table files of a directory.</summary>
    public static string[] TableFiles(string directory) => [.. Numbered(directory, ".sst")];

    /// <summary>The file under a second name where the file system allows that, else a copy.</summary>
    public static void LinkOrCopy(string source, string target)
    {
        if (!TryLink(source, target))
        {
            File.Copy(source, target);
        }
    }

    /// <summary>Copies as much of the file as there is when the copy begins, and has it on the disk before it returns.</summary>
    public static void Copy(string source, string target)
    {
        using var from = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var to = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        byte[] buffer = new byte[1024 * 1024];
        long left = from.Length;
        while (left > 0)
        {
            int count = from.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (count == 0)
            {
                break;
            }

            to.Write(buffer, 0, count);
            left -= count;
        }

        to.Flush(flushToDisk: true);
    }

    private static IEnumerable<string> Numbered(string directory, string extension) =>
        from path in Directory.EnumerateFiles(directory, "*" + extension)
        let name = Path.GetFileNameWithoutExtension(path)
        where ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        orderby ulong.Parse(name, CultureInfo.InvariantCulture)
        select Path.GetFileName(path);

    private static bool TryLink(string source, string target) =>
        OperatingSystem.IsWindows() ? LinkWindows(target, source, 0) != 0 : LinkUnix(source, target) == 0;

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkUnix(string source, string target);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int LinkWindows(string target, string source, nint security);

    [GeneratedRegex(@"\A(CURRENT|IDENTITY|MANIFEST-[0-9]+|OPTIONS-[0-9]+|[0-9]+\.(sst|log)|godwit\.level)\z", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
