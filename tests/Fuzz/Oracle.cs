using System.Diagnostics.CodeAnalysis;

namespace Godwit.Fuzz;

/// <summary>What must hold for all bytes; a broken one is a finding.</summary>
internal static class Oracle
{
    public static void That([DoesNotReturnIf(false)] bool condition, string meaning)
    {
        if (!condition)
        {
            Fail(meaning);
        }
    }

    [DoesNotReturn]
    public static void Fail(string meaning) => throw new OracleFailedException(meaning);
}
