using System.Runtime.InteropServices;

namespace Godwit.Storage.RocksDb.Native;

/// <summary>What RocksDB says when it fails: a text whose beginning names the kind.</summary>
internal static unsafe class NativeError
{
    /// <summary>Takes the text over and frees it.</summary>
    public static string Take(byte* error)
    {
        var text = Marshal.PtrToStringUTF8((nint)error) ?? "";
        RocksDbNative.Free(error);
        return text;
    }

    /// <summary>Throws when there is an error, and frees its text.</summary>
    /// <param name="error">What the call left behind <c>char** error</c>.</param>
    /// <param name="directory">Of the store.</param>
    /// <param name="action">What could not be done, as the end of "cannot".</param>
    public static void ThrowIfAny(byte* error, string directory, string action)
    {
        if (error is not null)
        {
            throw ToException(Take(error), directory, action);
        }
    }

    /// <summary>The exception for a text of RocksDB.</summary>
    public static StoreException ToException(string text, string directory, string action)
    {
        var fault = FaultOf(text);
        var remedy = fault switch
        {
            StoreFault.NoSpace => "Make room on the disk; the store goes on by itself when there is some.",
            StoreFault.Corruption => "What is on the disk is not what was written: stop the server, keep a copy of the directory, "
                + $"run `godwit-server store check --data {directory}` to see what is damaged, and restore a backup.",
            StoreFault.InputOutput => "Check the disk and the rights on its files (dmesg, smartctl, ls -l).",
            StoreFault.Locked => "Stop the other process, or give this server a directory of its own.",
            _ => "",
        };
        return new StoreException($"The store in {directory} cannot {action}: {text}. {remedy}".TrimEnd(), fault);
    }

    private static StoreFault FaultOf(string text)
    {
        if (text.Contains("No space left on device", StringComparison.Ordinal) || text.Contains("Disk quota exceeded", StringComparison.Ordinal)
            || text.StartsWith("IO error: Max allowed space was reached", StringComparison.Ordinal))
        {
            return StoreFault.NoSpace;
        }

        if (text.StartsWith("Corruption", StringComparison.Ordinal))
        {
            return StoreFault.Corruption;
        }

        if (text.StartsWith("IO error", StringComparison.Ordinal))
        {
            return text.Contains("lock", StringComparison.OrdinalIgnoreCase) && text.Contains("/LOCK", StringComparison.Ordinal) ? StoreFault.Locked : StoreFault.InputOutput;
        }

        return StoreFault.Other;
    }
}
