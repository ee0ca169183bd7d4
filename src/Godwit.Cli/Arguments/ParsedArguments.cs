using System.Globalization;

namespace Godwit.Cli.Arguments;

/// <summary>What was given on the command line.</summary>
internal sealed class ParsedArguments
{
    private readonly Dictionary<CommandOption, List<string>> _values = [];

    public PropertyArguments Properties { get; } = new();

    /// <summary>The argument without an option; null if it is not there.</summary>
    public string? Operand { get; set; }

    /// <summary>The help is wanted, and nothing else.</summary>
    public bool WantsHelp { get; set; }

    public void Add(CommandOption option, string spelling, string value)
    {
        if (!_values.TryGetValue(option, out var values))
        {
            _values.Add(option, [value]);
        }
        else if (option.IsRepeatable || !option.TakesValue)
        {
            values.Add(value);
        }
        else
        {
            throw new UsageException($"{spelling} is there twice.");
        }
    }

    public bool Has(CommandOption option) => _values.ContainsKey(option);

    public string? Text(CommandOption option) => _values.TryGetValue(option, out var values) ? values[0] : null;

    public IReadOnlyList<string> All(CommandOption option) => _values.TryGetValue(option, out var values) ? values : [];

    /// <summary>A whole number, or null if the option is not there.</summary>
    public int? Number(CommandOption option, int min, int max)
    {
        if (Text(option) is not { } text)
        {
            return null;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            throw new UsageException($"{option.Name} is '{text}': a number is needed.");
        }

        return number >= min && number <= max
            ? (int)number
            : throw new UsageException(max - min == 2 ? $"{option.Name} is {text}: allowed are {min}, {min + 1} and {max}." : $"{option.Name} is {text}: allowed are {min} to {max}.");
    }

    /// <summary>A time in seconds, fractions too, or null if the option is not there.</summary>
    public TimeSpan? Seconds(CommandOption option, bool mayBeZero)
    {
        if (Text(option) is not { } text)
        {
            return null;
        }

        const int SecondsMax = int.MaxValue / 1000;
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            throw new UsageException($"{option.Name} is '{text}': a number is needed.");
        }

        return (mayBeZero ? seconds >= 0 : seconds > 0) && seconds <= SecondsMax
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"{option.Name} is {text}: allowed are {(mayBeZero ? "0" : "more than 0")} to {SecondsMax} seconds.");
    }
}
