namespace Godwit.Client;

/// <summary>A User Property of 5.0: a pair of strings (section 3.1.2.11.8). Names may repeat, order is kept.</summary>
/// <param name="Name">The name, at most 65,535 bytes as UTF-8; may be empty.</param>
/// <param name="Value">The value, at most 65,535 bytes as UTF-8; may be empty.</param>
public readonly record struct MqttUserProperty(string Name, string Value);
