using System.Runtime.Versioning;
using Godwit.Storage.RocksDb.Native;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Tables;

/// <summary>Directories that are no place for a store.</summary>
public sealed class StoreDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_directory_that_does_not_exist_is_made()
    {
        var path = Path.Combine(_directory.Path, "a", "b");
        using var tables = RocksDbTables.Open(path + Path.DirectorySeparatorChar);
        Assert.Equal(path, tables.Directory);
        Assert.True(File.Exists(Path.Combine(path, "CURRENT")));
    }

    [Fact]
    public void A_file_is_refused()
    {
        File.WriteAllText(_directory["file"], "x");
        Refused(_directory["file"], "is a file");
        Refused(Path.Combine(_directory["file"], "below"), "cannot be written to");
    }

    [Fact]
    public void A_directory_with_other_files_is_refused_and_left_alone()
    {
        File.WriteAllText(_directory["photos.zip"], "x");
        Refused(_directory.Path, "photos.zip");
        Assert.Equal(["photos.zip"], Directory.EnumerateFileSystemEntries(_directory.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void What_a_first_start_left_behind_is_taken_up()
    {
        using (RocksDbTables.Open(_directory.Path))
        {
        }

        // CURRENT is written last, the first log after it.
        File.Delete(_directory["CURRENT"]);
        Directory.GetFiles(_directory.Path, "*.log").ToList().ForEach(File.Delete);
        Directory.CreateDirectory(_directory["lost+found"]);
        using var tables = RocksDbTables.Open(_directory.Path);
        using var cursor = tables.OpenCursor(Table.Meta);
        Assert.False(cursor.SeekToFirst());
    }

    [Fact]
    public void A_database_of_another_program_is_refused()
    {
        CreateDatabase("default", "blocks");
        Refused(_directory.Path, "another program");
    }

    [Fact]
    public void A_store_of_a_newer_version_is_refused()
    {
        using (RocksDbTables.Open(_directory.Path))
        {
        }

        CreateDatabase(["default", .. TableNames.All, "novelties"]);
        var message = Refused(_directory.Path, "newer version");
        Assert.Contains("novelties", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lock_is_given_back_by_a_failed_and_by_a_disposed_store()
    {
        CreateDatabase("default", "blocks");
        Refused(_directory.Path, "another program");
        Refused(_directory.Path, "another program");
        var path = _directory["own"];
        for (var i = 0; i < 2; i++)
        {
            using var tables = RocksDbTables.Open(path);
        }

        Assert.False(File.Exists(Path.Combine(path, DirectoryLock.HolderFileName)));
    }

    [Fact, UnsupportedOSPlatform("windows")]
    public void A_directory_without_the_right_to_write_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "The rights on a directory do not bind this user.");
        File.SetUnixFileMode(_directory.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            Refused(_directory.Path, "cannot be written to");
        }
        finally
        {
            File.SetUnixFileMode(_directory.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        }
    }

    private static string Refused(string path, string reason)
    {
        var exception = Assert.Throws<StoreException>(() => RocksDbTables.Open(path));
        Assert.Equal(StoreFault.Directory, exception.Fault);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        return exception.Message;
    }

    private void CreateDatabase(params string[] families)
    {
        using var options = new NativeOptions(new TablesOptions(), RocksDbNative.RecoveryTolerateCorruptedTail);
        RocksDbTables.OpenDatabase(_directory.Path, options, families).Dispose();
    }
}
