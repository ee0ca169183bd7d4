using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Godwit.Storage.RocksDb;
using Godwit.Storage.RocksDb.Tools;

namespace Godwit.Server;

/// <summary><c>godwit-server store ...</c>: what an operator does with a data directory.</summary>
internal static class StoreCommand
{
    private const int LinesMax = 100;

    public static Command Create() => new("store", """
        Look at, copy and move the data directory of a server.

        check, stats, export and backup work beside a running server and change nothing; restore and import make a new
        data directory. docs/operations.md tells more.

        Examples:
          godwit-server store stats --data /var/lib/godwit
          godwit-server store backup --data /var/lib/godwit --to /backup/godwit-monday.tar
          godwit-server store restore --from /backup/godwit-monday.tar --data /var/lib/godwit
        """)
    {
        Check(), Stats(), Export(), Import(), Backup(), Restore(),
    };

    private static Option<string> Data() => new("--data")
    {
        Description = "Data directory of the server. Default: ./data.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "data",
    };

    private static Command Check()
    {
        var data = Data();
        var cut = new Option<bool>("--cut")
        {
            Description = "Drop what follows the damage of a log, so that the server starts again. What is dropped had been acknowledged: keep a copy of the directory first. Stop the server before.",
        };
        var command = new Command("check", """
            Read every record and tell what is wrong. Exit code 0: nothing is lost. 1: something is.

            What is marked "left over" refers to what is gone and is passed over at the next start; it is no error.
            """)
        {
            data, cut,
        };
        command.SetAction(result => Run(() =>
        {
            string directory = result.GetValue(data)!;
            if (result.GetValue(cut))
            {
                StoreCheck.CutDamagedLog(directory);
            }

            var report = StoreCheck.Run(directory, TellProgress);
            PrintCounts(report.Counts);
            foreach (var problem in report.Problems.Take(LinesMax))
            {
                Console.Out.WriteLine($"{(problem.IsError ? "error" : "left over")}: {problem.Table} {problem.Key}: {problem.Text}");
            }

            if (report.LogDamage is { } damage)
            {
                Console.Out.WriteLine($"error: {damage}");
            }

            Console.Out.WriteLine(report.IsSound
                ? Invariant($"sound ({report.LeftoverCount} left over)")
                : Invariant($"NOT sound: {report.ErrorCount + (report.LogDamage is null ? 0 : 1)} errors, {report.LeftoverCount} left over"));
            return report.IsSound ? 0 : 1;
        }));
        return command;
    }

    private static Command Stats()
    {
        var data = Data();
        var top = new Option<int>("--top") { Description = "How many of the longest queues to name. Default: 10.", HelpName = "N", DefaultValueFactory = _ => 10 };
        top.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
            {
                result.AddError("--top must not be negative.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("stats", "Count what is in a data directory, name its longest queues, and tell what it takes on the disk.") { data, top, json };
        command.SetAction(result => Run(() =>
        {
            var found = StoreStatistics.Read(result.GetValue(data)!, result.GetValue(top));
            if (result.GetValue(json))
            {
                PrintJson(found);
                return 0;
            }

            PrintCounts(found.Counts);
            Console.Out.WriteLine(Invariant($"on disk: {found.FileBytes} bytes; {string.Join(", ", found.TableBytes.Select(table => Invariant($"{table.Table} {table.Bytes}")))}"));
            foreach (var queue in found.LongestQueues)
            {
                Console.Out.WriteLine(Invariant($"queue: {queue.Messages} messages, {queue.Bytes} bytes: {queue.Name}"));
            }

            return 0;
        }));
        return command;
    }

    private static Command Export()
    {
        var data = Data();
        var output = new Option<string?>("--output") { Description = "File to write; must not exist. Default: standard output.", HelpName = "FILE" };
        var command = new Command("export", "Write retained messages, queues and sessions as JSON, one object a line.") { data, output };
        command.SetAction(result => Run(() =>
        {
            using var stream = result.GetValue(output) is { } file ? new FileStream(file, FileMode.CreateNew) : Console.OpenStandardOutput();
            StoreExport.Write(result.GetValue(data)!, stream, TellProgress);
            return 0;
        }));
        return command;
    }

    private static Command Import()
    {
        var data = Data();
        data.Description = "Data directory to make; must be empty or not exist. Default: ./data.";
        var input = new Option<string?>("--input") { Description = "File to read. Default: standard input.", HelpName = "FILE" };
        var command = new Command("import", "Make a data directory of what export has written.") { data, input };
        command.SetAction(result => Run(() =>
        {
            using var stream = result.GetValue(input) is { } file ? File.OpenRead(file) : Console.OpenStandardInput();
            PrintCounts(StoreImport.Read(result.GetValue(data)!, stream, TellProgress));
            return 0;
        }));
        return command;
    }

    private static Command Backup()
    {
        var data = Data();
        var to = new Option<string>("--to")
        {
            Description = "Where to: a directory that is empty or does not exist, or a file whose name ends in .tar and that does not exist.",
            HelpName = "PATH",
            Required = true,
        };
        var command = new Command("backup", """
            Copy a data directory as of now, also while a server works on it. All that was acknowledged when this started is in
            the copy. The copy is checked before it is kept.
            """)
        {
            data, to,
        };
        command.SetAction(result => Run(() =>
        {
            PrintCounts(StoreBackup.Create(result.GetValue(data)!, result.GetValue(to)!, TellProgress));
            return 0;
        }));
        return command;
    }

    private static Command Restore()
    {
        var data = Data();
        data.Description = "Data directory to make; must be empty or not exist. Default: ./data.";
        var from = new Option<string>("--from") { Description = "What backup has made: a directory or a .tar file.", HelpName = "PATH", Required = true };
        var command = new Command("restore", "Make a data directory of a backup. It is checked before it is kept.") { data, from };
        command.SetAction(result => Run(() =>
        {
            PrintCounts(StoreBackup.Restore(result.GetValue(from)!, result.GetValue(data)!, TellProgress));
            return 0;
        }));
        return command;
    }

    private static int Run(Func<int> act)
    {
        try
        {
            return act();
        }
        catch (Exception error) when (error is StoreException or IOException or UnauthorizedAccessException)
        {
            return ServerHost.Fail(error.Message);
        }
    }

    private static void TellProgress(string text) => Console.Error.WriteLine(text);

    private static void PrintCounts(StoreCounts counts)
    {
        Console.Out.WriteLine(Invariant($"format {counts.Format ?? 0}, run {counts.Epoch}, level {counts.Level ?? "unknown"}"));
        Console.Out.WriteLine(Invariant($"sessions: {counts.Sessions}, subscriptions: {counts.Subscriptions}, wills: {counts.Wills}"));
        Console.Out.WriteLine(Invariant($"queues: {counts.Queues} ({counts.Groups} of shared groups) with {counts.QueuedMessages} messages, {counts.QueuedBytes} bytes"));
        Console.Out.WriteLine(Invariant($"on their way outside of queues: {counts.OutgoingMessages}"));
        Console.Out.WriteLine(Invariant($"retained: {counts.RetainedMessages} messages, {counts.RetainedBytes} bytes"));
    }

    private static void PrintJson(StoreStatistics found)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            var counts = found.Counts;
            json.WriteStartObject();
            json.WriteNumber("format", counts.Format ?? 0);
            json.WriteNumber("run", counts.Epoch);
            json.WriteString("level", counts.Level);
            json.WriteNumber("sessions", counts.Sessions);
            json.WriteNumber("subscriptions", counts.Subscriptions);
            json.WriteNumber("wills", counts.Wills);
            json.WriteNumber("queues", counts.Queues);
            json.WriteNumber("groups", counts.Groups);
            json.WriteNumber("queuedMessages", counts.QueuedMessages);
            json.WriteNumber("queuedBytes", counts.QueuedBytes);
            json.WriteNumber("outgoingMessages", counts.OutgoingMessages);
            json.WriteNumber("retainedMessages", counts.RetainedMessages);
            json.WriteNumber("retainedBytes", counts.RetainedBytes);
            json.WriteNumber("fileBytes", found.FileBytes);
            json.WriteStartObject("tableBytes");
            foreach (var (table, bytes) in found.TableBytes)
            {
                json.WriteNumber(table, bytes);
            }

            json.WriteEndObject();
            json.WriteStartArray("longestQueues");
            foreach (var queue in found.LongestQueues)
            {
                json.WriteStartObject();
                json.WriteString("name", queue.Name);
                json.WriteNumber("messages", queue.Messages);
                json.WriteNumber("bytes", queue.Bytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
