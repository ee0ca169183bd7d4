namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Something that is not as it should be in a store.</summary>
/// <param name="IsError">True: messages or state are lost or cannot be read. False: something left over that a start passes over.</param>
/// <param name="Table">The table.</param>
/// <param name="Key">The record's key, readable.</param>
/// <param name="Text">What is wrong.</param>
public sealed record StoreProblem(bool IsError, string Table, string Key, string Text);
