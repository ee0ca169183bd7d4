namespace Godwit.Conformance.Tests;

/// <summary>Tests that run the kit: one after the other, since some checks measure time and some look at the broker as a whole.</summary>
[CollectionDefinition(Name)]
public sealed class OneRunAtATime
{
    /// <summary>The name of the collection.</summary>
    public const string Name = "kit";
}
