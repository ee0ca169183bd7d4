namespace Godwit.Crash;

/// <summary>A publisher among the <see cref="PahoPeers"/>.</summary>
/// <param name="Name">Client identifier.</param>
/// <param name="Version">4 (3.1.1) or 5.</param>
/// <param name="Rate">Messages per second.</param>
/// <param name="Topics">Published to in turn.</param>
internal sealed record PahoPublisher(string Name, int Version, int Rate, PublishedTopic[] Topics);
