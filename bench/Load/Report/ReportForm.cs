namespace Godwit.Load.Report;

internal enum ReportForm
{
    Text,
    Markdown,
    Json,
}
