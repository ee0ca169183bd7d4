namespace Godwit.Client;

/// <summary>The message that the server publishes when the connection ends without a normal DISCONNECT (section 3.1.2.5).</summary>
/// <param name="Message">Topic, payload (at most 65,535 bytes), QoS, retain and properties of the will.</param>
/// <param name="DelayInterval">Seconds between the end of the connection and the publication; 5.0 only (section 3.1.3.2.2).</param>
public sealed record MqttWill(MqttMessage Message, uint DelayInterval = 0);
