namespace Godwit.Load;

/// <summary>A measurement cannot go on: the broker refused, closed or never answered, or the machine lacks something.</summary>
internal sealed class LoadException(string message) : Exception(message);
