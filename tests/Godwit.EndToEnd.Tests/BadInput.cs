namespace Godwit.EndToEnd.Tests;

/// <summary>Bytes that the standard forbids.</summary>
/// <param name="Build">The bytes at a protocol level.</param>
/// <param name="ReasonCodes">The reason codes that the standard gives in 5.0; more than one where it leaves the choice.</param>
public sealed record BadInput(Func<MqttVersion, byte[]> Build, params int[] ReasonCodes)
{
    /// <summary>What mosquitto 2.0.11 does instead.</summary>
    public string? MosquittoDiffers { get; init; }
}
