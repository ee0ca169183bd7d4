namespace Godwit.Storage.RocksDb;

/// <summary>Something that an operator should know of a store.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The same as a sentence, with names and numbers.</param>
public readonly record struct StoreEvent(StoreEventKind Kind, string Text);
