using System.Runtime.InteropServices;

namespace Godwit.Storage.RocksDb.Native;

/// <summary>Bytes that belong to RocksDB (<c>rocksdb_slice_t</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct NativeSlice
{
    private readonly byte* _data;
    private readonly nuint _length;

    public ReadOnlySpan<byte> Span => new(_data, checked((int)_length));
}
