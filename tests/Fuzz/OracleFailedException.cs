namespace Godwit.Fuzz;

/// <summary>Something happened under fuzzed bytes that must never happen, whatever the bytes are.</summary>
internal sealed class OracleFailedException(string message) : Exception(message);
