using Godwit.Engine.Journals;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>What a tool knows of one queue while it walks the store.</summary>
internal sealed class JournalExtent(JournalKind kind, string key)
{
    public JournalKind Kind { get; } = kind;

    public string Key { get; } = key;

    public bool IsEmpty => End == 0;

    public long First { get; private set; }

    /// <summary>Index behind the last message on disk; 0 when there is none.</summary>
    public long End { get; private set; }

    /// <summary>Messages on disk.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of the messages on disk.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes ever appended, up to <see cref="End"/>.</summary>
    public long BytesEnd { get; private set; }

    /// <summary>Sequence of the last message.</summary>
    public long Sequence { get; private set; }

    public void Extend(long first, long end, long bytesBefore, long bytesEnd, long sequence)
    {
        First = IsEmpty ? first : First;
        End = end;
        Count += end - first;
        Bytes += bytesEnd - bytesBefore;
        BytesEnd = bytesEnd;
        Sequence = sequence;
    }
}
