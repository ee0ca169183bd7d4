using System.Buffers;
using System.Globalization;
using System.Text;
using Godwit.Cli.Arguments;
using Godwit.Client;

namespace Godwit.Cli.Output;

/// <summary>
/// A format of -F, read once and written per message: the letters, flags, widths and escapes of mosquitto_sub. Widths count bytes, as there.
/// </summary>
internal sealed class MessageFormat
{
    public const string Help = """
        Format of -F, as mosquitto_sub has it:
          %t topic     %p payload     %x %X payload in hex     %l length of the payload     %q QoS     %r retained flag, 0 or 1
          %C content type     %D correlation data     %E message expiry interval     %F payload format indicator
          %P user properties     %R response topic     %I date and time     %U Unix time     %j JSON     %J JSON with a JSON payload
          %% @@ \\ the character itself     \n \t \r \a \e \v \0 control characters
          @Y @m @d @H @M @S ... what strftime makes of %Y %m %d ..., and @N the nanoseconds
          %10t at least 10 wide     %-10t the same, to the left     %05l filled up with zeros     %.10t at most 10 long
        """;

    private const int WidthMax = 10_000;

    private readonly List<Part> _parts = [];
    private readonly bool _isPretty;

    private MessageFormat(bool isPretty) => _isPretty = isPretty;

    /// <summary>Reads a format.</summary>
    /// <exception cref="UsageException">It has a sequence that means nothing.</exception>
    public static MessageFormat Parse(string text, bool isPretty)
    {
        var format = new MessageFormat(isPretty);
        var literal = new StringBuilder();
        for (var index = 0; index < text.Length; index++)
        {
            var sign = text[index];
            if (sign is not ('%' or '@' or '\\'))
            {
                literal.Append(sign);
                continue;
            }

            var start = index++;
            var part = new Part { Sign = sign, LengthMax = int.MaxValue };
            if (sign == '%')
            {
                ReadFlags(text, ref index, ref part);
            }

            if (index >= text.Length)
            {
                throw new UsageException($"-F ends within '{text[start..]}'.", $"Write {sign}{sign} for the character itself.");
            }

            part.Letter = text[index];
            if (part.Letter == sign)
            {
                literal.Append(sign);
            }
            else if (sign == '\\')
            {
                literal.Append(Unescape(part.Letter));
            }
            else
            {
                RequireMeaning(text[start..(index + 1)], part);
                format.Flush(literal);
                format._parts.Add(part);
            }
        }

        format.Flush(literal);
        return format;
    }

    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="now">When it came, by the local clock.</param>
    /// <param name="output">Gets the text, without an end of line.</param>
    /// <returns>False if the payload should have been JSON and is not; what was written then is incomplete.</returns>
    public bool TryWrite(MqttMessage message, DateTimeOffset now, ArrayBufferWriter<byte> output)
    {
        foreach (var part in _parts)
        {
            if (part.Literal is { } literal)
            {
                output.Write(literal);
            }
            else if (part.Sign == '@')
            {
                Write(output, TimeFormat.Format(part.Letter, now));
            }
            else if (!TryWrite(part, message, now, output))
            {
                return false;
            }
        }

        return true;
    }

    private static void ReadFlags(string text, ref int index, ref Part part)
    {
        if (index < text.Length && text[index] == '-')
        {
            part.IsLeft = true;
            index++;
        }

        while (index < text.Length && text[index] == '0')
        {
            part.IsZeroPadded = true;
            index++;
        }

        part.Width = ReadNumber(text, ref index);
        if (index < text.Length && text[index] == '.')
        {
            index++;
            part.LengthMax = ReadNumber(text, ref index);
        }
    }

    private static int ReadNumber(string text, ref int index)
    {
        var start = index;
        while (index < text.Length && char.IsAsciiDigit(text[index]))
        {
            index++;
        }

        if (index == start)
        {
            return 0;
        }

        return int.TryParse(text.AsSpan(start, index - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= WidthMax
            ? number
            : throw new UsageException($"-F has a width of {text[start..index]}: at most {WidthMax} is possible.");
    }

    private static char Unescape(char letter) => letter switch
    {
        '0' => '\0',
        'a' => '\a',
        'e' => '\e',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\v',
        _ => throw new UsageException($"-F has '\\{letter}', which means nothing.", "There are \\\\ \\0 \\a \\e \\n \\r \\t \\v."),
    };

    private static void RequireMeaning(string spelling, in Part part)
    {
        if (part.Sign == '@' || "CDEFIJPRUXjlpqrtx".Contains(part.Letter, StringComparison.Ordinal))
        {
            return;
        }

        throw new UsageException(
            $"-F has '{spelling}', which means nothing here.",
            part.Letter is 'A' or 'S' or 'm'
                ? "Topic aliases, subscription identifiers and packet identifiers stay within the connection."
                : "See 'Format of -F' in the help; write %% for the character itself.");
    }

    private void Flush(StringBuilder literal)
    {
        if (literal.Length > 0)
        {
            _parts.Add(new Part { Literal = Encoding.UTF8.GetBytes(literal.ToString()) });
            literal.Clear();
        }
    }

    private bool TryWrite(in Part part, MqttMessage message, DateTimeOffset now, ArrayBufferWriter<byte> output)
    {
        switch (part.Letter)
        {
            case 't':
                WritePadded(output, part, Encoding.UTF8.GetBytes(message.Topic), mayCut: true, mayZero: false);
                break;
            case 'p':
                WritePadded(output, part, message.Payload.Span, mayCut: false, mayZero: true);
                break;
            case 'x':
                WritePadded(output, part, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(message.Payload.Span)), mayCut: false, mayZero: true);
                break;
            case 'X':
                WritePadded(output, part, Encoding.ASCII.GetBytes(Convert.ToHexString(message.Payload.Span)), mayCut: false, mayZero: true);
                break;
            case 'l':
                WriteNumber(output, part, message.Payload.Length);
                break;
            case 'q':
                Write(output, ((int)message.QoS).ToString(CultureInfo.InvariantCulture));
                break;
            case 'r':
                Write(output, message.Retain ? "1" : "0");
                break;
            case 'C':
                WritePadded(output, part, Encoding.UTF8.GetBytes(message.ContentType ?? ""), mayCut: true, mayZero: false);
                break;
            case 'D':
                output.Write(message.CorrelationData.GetValueOrDefault().Span);
                break;
            case 'E':
                WriteNumber(output, part, message.MessageExpiryInterval);
                break;
            case 'F':
                WriteNumber(output, part, message.IsPayloadText ? 1 : null);
                break;
            case 'P':
                Write(output, string.Join(' ', message.UserProperties.Select(property => $"{property.Name}:{property.Value}")));
                break;
            case 'R':
                WritePadded(output, part, Encoding.UTF8.GetBytes(message.ResponseTopic ?? ""), mayCut: true, mayZero: false);
                break;
            case 'I':
                WritePadded(output, part, Encoding.ASCII.GetBytes(TimeFormat.FormatIso(now)), mayCut: true, mayZero: false);
                break;
            case 'U':
                Write(output, TimeFormat.FormatUnix(now));
                break;
            default:
                return JsonFormat.TryWrite(message, now, embedsPayload: part.Letter == 'J', _isPretty, output);
        }

        return true;
    }

    private static void Write(ArrayBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);

    private static void WriteNumber(ArrayBufferWriter<byte> output, in Part part, long? number) =>
        WritePadded(output, part, Encoding.ASCII.GetBytes(number?.ToString(CultureInfo.InvariantCulture) ?? ""), mayCut: false, mayZero: true);

    private static void WritePadded(ArrayBufferWriter<byte> output, in Part part, ReadOnlySpan<byte> value, bool mayCut, bool mayZero)
    {
        if (mayCut && value.Length > part.LengthMax)
        {
            var length = part.LengthMax;
            while (length > 0 && (value[length] & 0xC0) == 0x80)
            {
                length--; // not within a character
            }

            value = value[..length];
        }

        var padding = Math.Max(0, part.Width - value.Length);
        if (part.IsLeft)
        {
            output.Write(value);
        }

        if (padding > 0)
        {
            output.GetSpan(padding)[..padding].Fill(mayZero && part.IsZeroPadded && !part.IsLeft ? (byte)'0' : (byte)' ');
            output.Advance(padding);
        }

        if (!part.IsLeft)
        {
            output.Write(value);
        }
    }

    private struct Part
    {
        public byte[]? Literal;
        public char Sign;
        public char Letter;
        public bool IsLeft;
        public bool IsZeroPadded;
        public int Width;
        public int LengthMax;
    }
}
