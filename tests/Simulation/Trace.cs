namespace Godwit.Simulation;

/// <summary>What happened, line by line; kept only when a run is looked at.</summary>
internal sealed class Trace(Agenda agenda, bool isKept)
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Write(FormattableString line)
    {
        if (isKept)
        {
            _lines.Add($"{agenda.Now,8} {FormattableString.Invariant(line)}");
        }
    }
}
