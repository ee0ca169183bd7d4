using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Godwit.Engine;

/// <summary>Cheap checks that stay on in Release: a broken one is our bug, never a peer's.</summary>
internal static class Invariant
{
    public static void That([DoesNotReturnIf(false)] bool condition, string meaning)
    {
        if (!condition)
        {
            Throw(meaning);
        }
    }

    [DoesNotReturn]
    [StackTraceHidden]
    private static void Throw(string meaning) => throw new InvariantBrokenException(meaning);
}
