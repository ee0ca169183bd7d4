using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Gathers problems: counts all, keeps the first.</summary>
internal sealed class Findings(Func<string, string> reword)
{
    private const int KeptMax = 1000;

    private readonly List<StoreProblem> _errors = [];
    private readonly List<StoreProblem> _leftovers = [];
    private long _errorCount;
    private long _leftoverCount;

    /// <summary>Messages or state are lost or cannot be read.</summary>
    public void Error(Table table, string key, string text)
    {
        _errorCount++;
        Keep(_errors, new StoreProblem(true, TableNames.Of(table), key, reword(text)));
    }

    /// <summary>Something refers to what is gone: a start passes it over.</summary>
    public void Leftover(Table table, string key, string text)
    {
        _leftoverCount++;
        Keep(_leftovers, new StoreProblem(false, TableNames.Of(table), key, reword(text)));
    }

    public StoreCheckReport ToReport(StoreCounts counts) => new()
    {
        Counts = counts,
        Problems = [.. _errors, .. _leftovers],
        ErrorCount = _errorCount,
        LeftoverCount = _leftoverCount,
    };

    private static void Keep(List<StoreProblem> list, StoreProblem problem)
    {
        if (list.Count < KeptMax)
        {
            list.Add(problem);
        }
    }
}
