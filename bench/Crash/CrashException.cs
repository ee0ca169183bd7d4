namespace Godwit.Crash;

/// <summary>The test cannot go on; the message says why.</summary>
internal sealed class CrashException(string message) : Exception(message);
