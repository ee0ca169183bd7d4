using Godwit.Conformance.Statements;

namespace Godwit.Conformance.Tests.Page;

/// <summary>What stands in <c>docs/conformance.md</c> whatever the results are.</summary>
internal static class ConformancePageText
{
    /// <summary>What the page is.</summary>
    public const string Head = """
        # Conformance

        Every numbered normative statement of MQTT 3.1.1 and 5.0: whom it binds, which checks and tests hold Godwit to it, and what came
        out. The page is written by a test (`ConformancePageTests`), which fails when the page is stale.

        ## Figures

        """;

    /// <summary>Where results come from, and how to get one's own.</summary>
    public const string HowToRead = """

        ## Where the results come from

        - **Broker.** The tests run the kit of `godwit conformance` against a Godwit broker in a process of its own. It speaks raw bytes over
          TCP and knows nothing of Godwit's code. The results here are those of the run that wrote the page; each run of the tests makes
          them anew, and one that differs makes the page stale. *Not applicable* is what the kit itself says where a broker lacks what a
          check asks about. So that a pass means something, each check also has to fail against a broker with a fault (a proxy in front of
          Godwit that breaks one thing): the tests see to that, too.
        - **Client.** Tests in `tests/Godwit.Client.Conformance.Tests` play a scripted broker against `Godwit.Client`, byte by byte, and carry
          the ids that they show. A *pass* of the client says that such tests exist and belong to `./test.sh`, which fails if one of them
          does. A test is named by its method, with spaces, and its class.
        - **Not observable** is a statement that no conversation over a network can show or break; the reason stands in the row.
        - The requirement is told in our words; the id leads to those of the standard
          ([3.1.1](https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html),
          [5.0](https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html)). The same id means different things in the two.

        ## The kit against another broker

        ```text
        godwit conformance mqtt://HOST:1883
        ```

        prints a table by section, then each failure with its statement, what was expected, what came, and the bytes; the exit code is 0 if
        nothing failed. It leaves nothing behind: client identifiers and topics are its own, sessions are ended, retained messages cleared.

        - `--version 3.1.1` or `--version 5`: one version.
        - `--only MQTT-3.1.4-3` or `--only 5.0/takeover-tells-the-older-connection`: one statement or check; may be repeated.
        - `--list`: the checks, without a broker.
        - `--json`, `--markdown`: for programs and pages. `godwit conformance --help` tells the rest.

        """;

    /// <summary>What stands above a table of many checks.</summary>
    public const string LongRow = "The standard calls many things malformed or a protocol error without a number of their own. Their checks stand under the statement that says what then has to be done.";

    /// <summary>What stands above the differences.</summary>
    public const string Mosquitto = """
        A kit that only ever met the broker it was written beside proves little. So the tests also run it against Debian's mosquitto, where it is
        installed, with no settings but a listener and `allow_anonymous true`, and compare what it fails with this list: a difference that
        is not here, or one that is gone, fails them. Each was judged by the standard's text and by what goes over the wire. A *deviation*
        does other than the standard says, in a numbered statement or beside one, or tolerates what it calls malformed or a protocol error;
        it is *harmless* where nobody who keeps to the standard is worse off. None that is left is an option that the standard allows, or a
        mistake of the check.
        """;

    private static readonly Dictionary<string, string> Chapters = new()
    {
        ["1"] = "Data representation",
        ["2"] = "Control packet format",
        ["3.1"] = "CONNECT",
        ["3.2"] = "CONNACK",
        ["3.3"] = "PUBLISH",
        ["3.4"] = "PUBACK",
        ["3.5"] = "PUBREC",
        ["3.6"] = "PUBREL",
        ["3.7"] = "PUBCOMP",
        ["3.8"] = "SUBSCRIBE",
        ["3.9"] = "SUBACK",
        ["3.10"] = "UNSUBSCRIBE",
        ["3.11"] = "UNSUBACK",
        ["3.12"] = "PINGREQ",
        ["3.14"] = "DISCONNECT",
        ["3.15"] = "AUTH",
        ["4.1"] = "Session state",
        ["4.2"] = "Network connections",
        ["4.3"] = "Quality of service",
        ["4.4"] = "Delivery retry",
        ["4.5"] = "Message receipt",
        ["4.6"] = "Message ordering",
        ["4.7"] = "Topic names and filters",
        ["4.8"] = "Subscriptions",
        ["4.9"] = "Flow control",
        ["4.12"] = "Enhanced authentication",
        ["4.13"] = "Handling errors",
        ["6"] = "WebSocket",
        ["7"] = "Conformance",
    };

    /// <summary>Number and title of the chapter: in 3 and 4 that of the section below.</summary>
    public static string ChapterOf(Statement statement)
    {
        string[] parts = statement.Section.Split(' ')[0].Split('.');
        string number = parts[0] is "3" or "4" ? $"{parts[0]}.{parts[1]}" : parts[0];
        bool isErrors311 = statement.Version == MqttVersion.V311 && number == "4.8";
        return $"{number} {Chapters[isErrors311 ? "4.13" : number]}";
    }

    /// <summary>The heading of the checks of a statement that has many.</summary>
    public static string HeadingOf(Statement statement) => $"Checks of {statement.Id}";

    /// <summary>Where that heading is, as GitHub makes it from its words.</summary>
    public static string AnchorOf(Statement statement) =>
        HeadingOf(statement).ToLowerInvariant().Replace(".", "", StringComparison.Ordinal).Replace(' ', '-');
}
