namespace Godwit.Crash;

/// <summary>A subscriber among the <see cref="PahoPeers"/>.</summary>
/// <param name="Name">Client identifier.</param>
/// <param name="Version">4 (3.1.1) or 5.</param>
/// <param name="Leaves">It is offline at times.</param>
/// <param name="Receiver">What it receives, perhaps with others.</param>
internal sealed record PahoSubscriber(string Name, int Version, bool Leaves, Receiver Receiver);
