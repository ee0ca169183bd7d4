namespace Godwit.Broker.Loops.InProcess;

/// <summary>What a loop has to do for an <see cref="InProcessTransport"/>; the default is nothing.</summary>
internal readonly record struct InProcessWork(bool IsMine, ReadOnlyMemory<byte> Input, bool WantsOutput, bool HasClosed);
