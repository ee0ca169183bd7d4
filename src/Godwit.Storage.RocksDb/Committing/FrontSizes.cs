namespace Godwit.Storage.RocksDb.Committing;

/// <summary>Sizes of the oldest records of a journal that is at its limit in bytes: read from disk some hundred at a time.</summary>
/// <param name="First">Index of the first.</param>
/// <param name="BytesBefore">For each, the bytes of all messages appended before it.</param>
internal sealed record FrontSizes(long First, long[] BytesBefore)
{
    public bool TryFind(long index, out long bytes)
    {
        bool isHere = index >= First && index < First + BytesBefore.Length;
        bytes = isHere ? BytesBefore[index - First] : 0;
        return isHere;
    }
}
