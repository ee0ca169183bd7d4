using System.Globalization;

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
    private long _written = BytesPerLook;
    private long _free;
    private volatile bool _isFull;

    public bool IsFull => _isFull;

    /// <summary>Something was written; looks when it is time.</summary>
    public SpaceChange NoteWritten(long bytes)
    {
        _written += bytes;
        return _written >= BytesPerLook ? Look() : SpaceChange.None;
    }

    /// <summary>The disk has refused a write: it is full, whatever it says of itself. The next write that succeeds looks.</summary>
    public void NoteRefused()
    {
        _isFull = true;
        _written = BytesPerLook;
    }

    /// <summary>Looks now.</summary>
    public SpaceChange Look()
    {
        _written = 0;
        bool wasFull = _isFull;
        _free = freeBytes();
        _isFull = _free < (wasFull ? _freeBytesAgain : freeBytesMin);
        return wasFull == _isFull ? SpaceChange.None : _isFull ? SpaceChange.Full : SpaceChange.HasRoom;
    }

    /// <summary>What the last look has found, as a sentence.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_free / (1024 * 1024)} MiB of the disk are free, {freeBytesMin / (1024 * 1024)} MiB are to be left free: {(_isFull ? "messages that need the store are refused until there is more" : "messages are taken again")}.");
}
