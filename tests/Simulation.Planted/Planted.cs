namespace Godwit.Engine;

/// <summary>Which of the planted bugs is at work.</summary>
internal static class Planted
{
    /// <summary>Its number; 0 for none.</summary>
    public static int Active { get; set; }

    public static bool Is(int bug) => Active == bug;
}
