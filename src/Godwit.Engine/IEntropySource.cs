namespace Godwit.Engine;

/// <summary>Source of chance; a seeded one makes a run repeatable.</summary>
public interface IEntropySource
{
    /// <summary>64 random bits. Called from any loop.</summary>
    ulong NextUInt64();
}
