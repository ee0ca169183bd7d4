namespace Godwit.Storage.RocksDb.Tables;

/// <summary>The names of the tables on disk. They are frozen: a renamed table is an empty one.</summary>
internal static class TableNames
{
    /// <summary>How many tables there are.</summary>
    public const int Count = (int)Table.Payloads + 1;

    private static readonly string[] Names = ["meta", "journals", "entries", "groups", "sessions", "subscriptions", "progress", "outbound", "wills", "retained", "payloads"];

    /// <summary>The names, in the order of <see cref="Table"/>.</summary>
    public static ReadOnlySpan<string> All => Names;

    /// <summary>The name of a table on disk.</summary>
    public static string Of(Table table) => Names[(int)table];
}
