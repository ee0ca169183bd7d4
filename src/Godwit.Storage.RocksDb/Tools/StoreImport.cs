using System.Globalization;
using System.Text.Json;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Makes a store of the lines that <see cref="StoreExport"/> has written.</summary>
public static class StoreImport
{
    /// <summary>Makes the store. All or nothing.</summary>
    /// <param name="directory">Of the store to be; must be empty or not exist.</param>
    /// <param name="input">The lines.</param>
    /// <param name="progress">Told now and then how far it has come.</param>
    /// <returns>What is in the store.</returns>
    /// <exception cref="StoreException">The directory is not empty, or a line is not one of an export; the message has its number. Nothing was changed.</exception>
    public static StoreCounts Read(string directory, Stream input, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(input);
        StoreCounts? counts = null;
        EmptyPlace.Fill(directory, inside =>
        {
            using var tables = RocksDbTables.Open(inside);
            ReadLines(tables, input, new ProgressPace(progress));
            var report = StoreCheck.Run(tables, directory, progress);
            if (report.ErrorCount > 0)
            {
                throw new StoreException($"The lines do not make a whole store: {report.Problems[0].Table} {report.Problems[0].Key}: {report.Problems[0].Text}. Nothing was imported.");
            }

            tables.Flush();
            counts = report.Counts;
        });
        return counts!;
    }

    private static void ReadLines(RocksDbTables tables, Stream input, ProgressPace pace)
    {
        using var writer = new ImportWriter(tables, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        using var reader = new StreamReader(input);
        long number = 0;
        try
        {
            while (reader.ReadLine() is { } line)
            {
                number++;
                if (line.Length > 0)
                {
                    using var json = JsonDocument.Parse(line);
                    writer.Write(json.RootElement);
                    pace.Tell($"{number} lines");
                }
            }

            writer.Finish();
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new StoreException(
                string.Create(CultureInfo.InvariantCulture, $"Line {number} is not one that `godwit-server store export` writes: {error.Message} Nothing was imported."),
                error);
        }
    }
}
