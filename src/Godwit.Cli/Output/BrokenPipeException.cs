namespace Godwit.Cli.Output;

/// <summary>Nobody reads standard output any more.</summary>
internal sealed class BrokenPipeException(Exception innerException) : IOException("Nobody reads the output any more.", innerException);
