using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Tables;

public sealed class TableNamesTests
{
    [Theory]
    [InlineData(0, "meta")]
    [InlineData(1, "journals")]
    [InlineData(2, "entries")]
    [InlineData(3, "groups")]
    [InlineData(4, "sessions")]
    [InlineData(5, "subscriptions")]
    [InlineData(6, "progress")]
    [InlineData(7, "outbound")]
    [InlineData(8, "wills")]
    [InlineData(9, "retained")]
    [InlineData(10, "payloads")]
    public void The_name_of_a_table_on_disk_never_changes(int table, string name) => Assert.Equal(name, TableNames.Of((Table)table));

    [Fact]
    public void Every_table_has_a_name()
    {
        Assert.Equal(TableNames.Count, Enum.GetValues<Table>().Length);
        Assert.Equal(TableNames.Count, TableNames.All.Length);
    }
}
