using Godwit.Engine.Messages;

namespace Godwit.Engine.Durability;

/// <summary>The latest change of one topic's retained message since the store asked last.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Message">The retained message; null when it is gone. Not pooled: it may be kept without a reference.</param>
public readonly record struct RetainedChange(byte[] Topic, Message? Message);
