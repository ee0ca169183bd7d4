using System.Runtime.InteropServices;

namespace Godwit.Storage.RocksDb.Native;

/// <summary>
/// An object of RocksDB, destroyed once. It keeps the object that it lives in (an iterator its database) alive until then,
/// in whichever order they are disposed of.
/// </summary>
internal sealed unsafe class NativeHandle : SafeHandle
{
    private readonly delegate*<nint, void> _destroy;
    private readonly NativeHandle? _parent;

    public NativeHandle(nint value, delegate*<nint, void> destroy, NativeHandle? parent = null) : base(0, ownsHandle: true)
    {
        _destroy = destroy;
        if (parent is not null)
        {
            var added = false;
            parent.DangerousAddRef(ref added);
            _parent = parent;
        }

        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The pointer; only while the owner of this handle is not disposed.</summary>
    public nint Value => handle;

    protected override bool ReleaseHandle()
    {
        _destroy(handle);
        _parent?.DangerousRelease();
        return true;
    }
}
