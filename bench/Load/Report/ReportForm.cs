namespace Godwit.LoadBench.Report;

internal enum ReportForm
{
    Text,
    Markdown,
    Json,
}
