using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Godwit.Storage.RocksDb.Native;

/// <summary>
/// The part of RocksDB's C API (rocksdb/c.h, 11.12) that the store uses. Pointers and plain integers only; <c>bool</c> is a
/// byte. A call that can fail takes <c>char** error</c>: see <see cref="NativeError"/>.
/// </summary>
internal static unsafe partial class RocksDbNative
{
    public const int CompressionNone = 0;
    public const int CompressionLz4 = 4;
    public const int RecoveryTolerateCorruptedTail = 0;
    public const int RecoveryPointInTime = 2;
    public const int LogLevelWarn = 2;
    public const int BottommostForce = 2;

    private const string Library = "rocksdb";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The resolver has to stand before the first call, whichever it is.")]
    internal static void SetResolver() => NativeLibrary.SetDllImportResolver(typeof(RocksDbNative).Assembly, Resolve);

    // The package has a second library for systems on musl (Alpine), under a name of its own.
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == Library && RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal)
        && NativeLibrary.TryLoad("librocksdb-musl", assembly, path, out var handle)
            ? handle
            : 0;

    [LibraryImport(Library, EntryPoint = "rocksdb_free")]
    public static partial void Free(void* memory);

    [LibraryImport(Library, EntryPoint = "rocksdb_open_column_families")]
    public static partial nint OpenColumnFamilies(nint options, byte* name, int count, byte** names, nint* familyOptions, nint* families, byte** error);

    [LibraryImport(Library, EntryPoint = "rocksdb_list_column_families")]
    public static partial byte** ListColumnFamilies(nint options, byte* name, nuint* count, byte** error);

    [LibraryImport(Library, EntryPoint = "rocksdb_list_column_families_destroy")]
    public static partial void DestroyColumnFamilyList(byte** list, nuint count);

    [LibraryImport(Library, EntryPoint = "rocksdb_column_family_handle_destroy")]
    public static partial void DestroyColumnFamily(nint family);

    [LibraryImport(Library, EntryPoint = "rocksdb_close")]
    public static partial void Close(nint database);

    [LibraryImport(Library, EntryPoint = "rocksdb_write")]
    public static partial void Write(nint database, nint writeOptions, nint batch, byte** error);

    [LibraryImport(Library, EntryPoint = "rocksdb_get_into_buffer_cf")]
    public static partial byte GetIntoBuffer(nint database, nint readOptions, nint family, byte* key, nuint keyLength, byte* buffer, nuint bufferLength, nuint* valueLength, byte* found, byte** error);

    [LibraryImport(Library, EntryPoint = "rocksdb_flush_cfs")]
    public static partial void Flush(nint database, nint flushOptions, nint* families, int count, byte** error);

    [LibraryImport(Library, EntryPoint = "rocksdb_flushoptions_create")]
    public static partial nint CreateFlushOptions();

    [LibraryImport(Library, EntryPoint = "rocksdb_flushoptions_destroy")]
    public static partial void DestroyFlushOptions(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_compact_range_cf_opt")]
    public static partial void CompactRange(nint database, nint family, nint options, byte* from, nuint fromLength, byte* end, nuint endLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_compactoptions_create")]
    public static partial nint CreateCompactOptions();

    [LibraryImport(Library, EntryPoint = "rocksdb_compactoptions_destroy")]
    public static partial void DestroyCompactOptions(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_compactoptions_set_exclusive_manual_compaction")]
    public static partial void SetExclusiveManualCompaction(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_compactoptions_set_bottommost_level_compaction")]
    public static partial void SetBottommostLevelCompaction(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_property_value")]
    public static partial byte* GetProperty(nint database, byte* name);

    [LibraryImport(Library, EntryPoint = "rocksdb_property_value_cf")]
    public static partial byte* GetFamilyProperty(nint database, nint family, byte* name);

    [LibraryImport(Library, EntryPoint = "rocksdb_approximate_sizes_cf_with_flags")]
    public static partial void GetApproximateSizes(nint database, nint family, int count, byte** from, nuint* fromLengths, byte** end, nuint* endLengths, byte flags, ulong* sizes, byte** error);

    [LibraryImport(Library, EntryPoint = "rocksdb_writeoptions_create")]
    public static partial nint CreateWriteOptions();

    [LibraryImport(Library, EntryPoint = "rocksdb_writeoptions_destroy")]
    public static partial void DestroyWriteOptions(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_writeoptions_set_sync")]
    public static partial void SetSync(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_create")]
    public static partial nint CreateReadOptions();

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_destroy")]
    public static partial void DestroyReadOptions(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_iterate_lower_bound")]
    public static partial void SetLowerBound(nint options, byte* key, nuint length);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_iterate_upper_bound")]
    public static partial void SetUpperBound(nint options, byte* key, nuint length);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_background_purge_on_iterator_cleanup")]
    public static partial void SetBackgroundPurge(nint options, byte value);
}
