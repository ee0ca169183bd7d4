using System.Globalization;
using System.Text;
using System.Text.Json;
using Godwit.Conformance.Running;
using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Reports;

/// <summary>What a run found, for a terminal, for a page and for a program.</summary>
public static class Report
{
    private const int SectionWidth = 52;

    /// <summary>A table by section, then each failure with what was expected and what went over the wire.</summary>
    public static string ToText(IReadOnlyList<CheckResult> results)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{"MQTT",-6} {"section",-SectionWidth} {"pass",5} {"fail",5} {"n/a",5}\n");
        foreach (var section in SectionSummary.Of(results))
        {
            string name = section.Section.Length > SectionWidth ? section.Section[..SectionWidth] : section.Section;
            text.Append(
                CultureInfo.InvariantCulture,
                $"{Name(section.Version),-6} {name,-SectionWidth} {section.Count(CheckOutcome.Passed),5} {section.Count(CheckOutcome.Failed),5} {section.Count(CheckOutcome.NotApplicable),5}\n");
        }

        foreach (var result in results.Where(result => result.Outcome == CheckOutcome.Failed))
        {
            text.Append(CultureInfo.InvariantCulture, $"\nFAIL {result.Check.Id} [{string.Join(", ", result.Check.Statements)}]\n  {result.Check.Summary}\n  {result.Detail}\n");
            foreach (string line in result.Transcript)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {line}\n");
            }
        }

        var open = results.Where(result => result.Outcome == CheckOutcome.NotApplicable).ToList();
        if (open.Count > 0)
        {
            text.Append("\nNot applicable:\n");
            open.ForEach(result => text.Append(CultureInfo.InvariantCulture, $"  {result.Check.Id}: {result.Detail}\n"));
        }

        text.Append(CultureInfo.InvariantCulture, $"\n{Count(results, CheckOutcome.Passed)} passed, {Count(results, CheckOutcome.Failed)} failed, {Count(results, CheckOutcome.NotApplicable)} not applicable\n");
        return text.ToString();
    }

    /// <summary>The same as a page.</summary>
    public static string ToMarkdown(IReadOnlyList<CheckResult> results)
    {
        var text = new StringBuilder("| MQTT | section | pass | fail | n/a |\n|---|---|---:|---:|---:|\n");
        foreach (var section in SectionSummary.Of(results))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {Name(section.Version)} | {section.Section} | {section.Count(CheckOutcome.Passed)} | {section.Count(CheckOutcome.Failed)} | {section.Count(CheckOutcome.NotApplicable)} |\n");
        }

        var others = results.Where(result => result.Outcome != CheckOutcome.Passed).ToList();
        if (others.Count > 0)
        {
            text.Append("\n| check | statements | result | detail |\n|---|---|---|---|\n");
            foreach (var result in others)
            {
                string detail = (result.Detail ?? "").Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {result.Check.Id} | {string.Join(", ", result.Check.Statements)} | {(result.Outcome == CheckOutcome.Failed ? "fail" : "not applicable")} | {detail} |\n");
            }
        }

        return text.ToString();
    }

    /// <summary>The same as one JSON object.</summary>
    public static string ToJson(IReadOnlyList<CheckResult> results)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("passed", Count(results, CheckOutcome.Passed));
            writer.WriteNumber("failed", Count(results, CheckOutcome.Failed));
            writer.WriteNumber("notApplicable", Count(results, CheckOutcome.NotApplicable));
            writer.WriteStartArray("checks");
            foreach (var result in results)
            {
                Write(writer, result);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>"3.1.1" or "5.0".</summary>
    public static string Name(MqttVersion version) => version == MqttVersion.V50 ? "5.0" : "3.1.1";

    private static int Count(IEnumerable<CheckResult> results, CheckOutcome outcome) => results.Count(result => result.Outcome == outcome);

    private static void Write(Utf8JsonWriter writer, CheckResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("id", result.Check.Id);
        writer.WriteString("version", Name(result.Check.Version));
        writer.WriteStartArray("statements");
        foreach (string statement in result.Check.Statements)
        {
            writer.WriteStringValue(statement);
        }

        writer.WriteEndArray();
        writer.WriteString("summary", result.Check.Summary);
        writer.WriteString("outcome", result.Outcome switch
        {
            CheckOutcome.Passed => "passed",
            CheckOutcome.Failed => "failed",
            _ => "not applicable",
        });
        if (result.Detail is not null)
        {
            writer.WriteString("detail", result.Detail);
        }

        writer.WriteNumber("milliseconds", Math.Round(result.Duration.TotalMilliseconds));
        if (result.Transcript.Count > 0)
        {
            writer.WriteStartArray("wire");
            foreach (string line in result.Transcript)
            {
                writer.WriteStringValue(line);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
