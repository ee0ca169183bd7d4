using System.Globalization;

namespace Godwit.Load;

/// <summary>
/// A topic or client identifier with variables: <c>%i</c> is a number, <c>%c</c> (in topics) a client identifier, <c>%p</c> the id of
/// this process, <c>%%</c> a percent sign.
/// </summary>
public sealed class NamePattern
{
    private readonly string _text;
    private readonly string _process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>Takes a pattern that <see cref="FindProblem"/> has nothing against.</summary>
    /// <exception cref="ArgumentException">It has a variable that does not exist.</exception>
    public NamePattern(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (FindProblem(text) is { } problem)
        {
            throw new ArgumentException(problem, nameof(text));
        }

        _text = text;
    }

    /// <summary>Different numbers give different names.</summary>
    public bool HasNumber => Has('i');

    /// <summary>Different client identifiers give different names.</summary>
    public bool HasClientId => Has('c');

    /// <summary>What is wrong with a pattern; null when nothing is.</summary>
    public static string? FindProblem(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '%')
            {
                if (++index == text.Length || text[index] is not ('i' or 'c' or 'p' or '%'))
                {
                    return $"'{text}' has '{text[(index - 1)..Math.Min(index + 1, text.Length)]}': there are %i, %c, %p and %% for a percent sign";
                }
            }
        }

        return null;
    }

    /// <summary>The name of one connection.</summary>
    public string Expand(int number, string clientId) => Replace(number.ToString(CultureInfo.InvariantCulture), clientId);

    /// <summary>The topic filter that matches the names of all numbers and client identifiers.</summary>
    /// <returns>Null when a variable is only a part of a level, which no wildcard can stand for.</returns>
    public string? ToFilter()
    {
        foreach (var level in _text.Split('/'))
        {
            var rest = level.Replace("%%", "", StringComparison.Ordinal);
            var varies = rest.Contains("%i", StringComparison.Ordinal) || rest.Contains("%c", StringComparison.Ordinal);
            if (varies && level is not ("%i" or "%c"))
            {
                return null;
            }
        }

        return Replace("+", "+");
    }

    /// <summary>The pattern as it was given.</summary>
    public override string ToString() => _text;

    private bool Has(char variable)
    {
        for (var index = 0; index < _text.Length; index++)
        {
            if (_text[index] == '%' && _text[++index] == variable)
            {
                return true;
            }
        }

        return false;
    }

    private string Replace(string number, string clientId)
    {
        if (!_text.Contains('%', StringComparison.Ordinal))
        {
            return _text;
        }

        var name = new System.Text.StringBuilder();
        for (var index = 0; index < _text.Length; index++)
        {
            _ = _text[index] != '%'
                ? name.Append(_text[index])
                : _text[++index] switch
                {
                    'i' => name.Append(number),
                    'c' => name.Append(clientId),
                    'p' => name.Append(_process),
                    _ => name.Append('%'),
                };
        }

        return name.ToString();
    }
}
