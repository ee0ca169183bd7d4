namespace Godwit.ClientBench;

/// <summary>A client library, driven as its users would drive it well.</summary>
internal interface IPeer : IAsyncDisposable
{
    Task ConnectAsync(ushort port);

    /// <summary>Publishes the same message again and again, awaiting each, for as long as the meter runs.</summary>
    Task PublishAsync(string topic, byte[] payload, int qos, Meter meter);

    /// <summary>Subscribes, and counts what arrives.</summary>
    Task SubscribeAsync(string topic, int qos, Meter meter);
}
