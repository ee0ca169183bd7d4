namespace Godwit.Storage.RocksDb;

/// <summary>
/// The store cannot do what it was asked to: it cannot be opened, is damaged, or the disk refused. The message names
/// the directory or file and what to do about it.
/// </summary>
public sealed class StoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreException() : this("The store failed.")
    {
    }

    /// <summary>Creates the exception with what happened and what to do about it.</summary>
    public StoreException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with what happened, what to do about it, and what caused it.</summary>
    public StoreException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>Creates the exception with what happened, what to do about it, and the kind of fault.</summary>
    public StoreException(string message, StoreFault fault, Exception? innerException = null) : base(message, innerException) => Fault = fault;

    /// <summary>What kind of fault it is, where a caller has to act on that.</summary>
    public StoreFault Fault { get; }
}
