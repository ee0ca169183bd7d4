namespace Godwit.Engine.Durability;

/// <summary>What has come back after a restart.</summary>
/// <param name="Sessions">Sessions that outlive their connections.</param>
/// <param name="Subscriptions">Subscriptions, those in shared groups included.</param>
/// <param name="Journals">Queues with at least one reader.</param>
/// <param name="QueuedMessages">Records in them; a record that several sessions wait for counts once.</param>
/// <param name="Exchanges">Messages on their way to clients, to be sent again.</param>
/// <param name="RetainedMessages">Retained messages.</param>
/// <param name="Wills">Wills that will be published unless their clients come back.</param>
public readonly record struct RestoreSummary(
    int Sessions, int Subscriptions, int Journals, long QueuedMessages, int Exchanges, int RetainedMessages, int Wills);
