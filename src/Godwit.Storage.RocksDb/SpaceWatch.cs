namespace Godwit.Storage.RocksDb;

/// <summary>
/// Looks after the space on the disk, so that the store stops taking messages while it can still write down what clients
/// acknowledge. The commit thread asks; others read.
/// </summary>
internal sealed class SpaceWatch(Func<long> freeBytes, long freeBytesMin)
{
    // Between two looks the store may write so much at most.
    private const long BytesPerLook = 16 * 1024 * 1024;

    private readonly long _freeBytesAgain = freeBytesMin + (freeBytesMin / 4);
    private long _written = long.MaxValue / 2;
    private volatile bool _isFull;

    public bool IsFull => _isFull;

    /// <summary>Something was written; looks when it is time. True when there is room again.</summary>
    public bool NoteWritten(long bytes)
    {
        _written += bytes;
        return _written >= BytesPerLook && Look();
    }

    /// <summary>Looks now. True when there is room again.</summary>
    public bool Look()
    {
        _written = 0;
        bool wasFull = _isFull;
        _isFull = freeBytes() < (wasFull ? _freeBytesAgain : freeBytesMin);
        return wasFull && !_isFull;
    }
}
