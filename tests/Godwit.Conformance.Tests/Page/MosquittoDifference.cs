namespace Godwit.Conformance.Tests.Page;

/// <summary>A check that mosquitto fails.</summary>
/// <param name="CheckId">The check.</param>
/// <param name="Verdict">What the difference is.</param>
/// <param name="Observed">What mosquitto does, in one sentence.</param>
internal sealed record MosquittoDifference(string CheckId, MosquittoVerdict Verdict, string Observed);
