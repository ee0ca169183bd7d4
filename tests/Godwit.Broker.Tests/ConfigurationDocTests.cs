using System.Text;
using Godwit.Broker.Options;

namespace Godwit.Broker.Tests;

/// <summary><c>docs/configuration.md</c> is made from the settings; a stale one fails here. GODWIT_WRITE_DOCS=1 writes it anew.</summary>
public sealed class ConfigurationDocTests
{
    [Fact]
    public void The_page_of_the_settings_is_up_to_date()
    {
        string path = Path.Combine(FindRoot(), "docs", "configuration.md");
        string expected = Page();
        if (Environment.GetEnvironmentVariable("GODWIT_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.True(File.ReadAllText(path) == expected, "docs/configuration.md is stale: run this test with GODWIT_WRITE_DOCS=1");
    }

    private static string Page()
    {
        var text = new StringBuilder("""
            # Configuration

            Everything can be set in a JSON file (`godwit-server --config FILE`), by environment variables
            (`GODWIT__LIMITS__RECEIVEMAXIMUM=100`: two underscores between the parts of a name) and, for the most common settings, on
            the command line (`godwit-server --help`). The command line wins over the environment, the environment over the file. A name
            that is not known or a value that is not allowed stops the start with a message that says what is allowed.

            ```json
            {
              "Listen": ["mqtt://127.0.0.1:1883", { "Url": "mqtt://192.0.2.10:1883", "Strict": false }],
              "Loops": 2,
              "Limits": { "MaximumPacketSize": "256KiB", "QueuedMessagesMax": 1000 }
            }
            ```

            `Listen` is one URL, several with commas, or a list of URLs and objects with `Url` and `Strict`. The default is
            `mqtt://127.0.0.1:1883`: nobody else on the network can connect unless you say so. With `Strict` false a listener tolerates, and
            counts, faults of clients that are common in the field and harmless: DUP on QoS 0, a password without a user name before 5.0,
            will flags without a will, a 5.0 property in a packet that may not carry it, and more unfinished publications than the Receive
            Maximum.

            | setting | default | allowed | meaning |
            |---|---|---|---|

            """);
        foreach (var setting in BrokerSettings.Known)
        {
            text.Append('|').Append(' ').Append('`').Append(setting.Path).Append("` | ").Append(setting.Default).Append(" | ")
                .Append(setting.Allowed).Append(" | ").Append(setting.Description).Append(" |\n");
        }

        text.Append("\n`LogLevel` belongs to `godwit-server`: trace, debug, information (default), warning, error, critical or none.\n");
        return text.ToString();
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Godwit.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("Godwit.slnx was not found above the test program.");
    }
}
