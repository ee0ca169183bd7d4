using System.Text;

namespace Godwit.Storage.RocksDb.Native;

/// <summary>Texts for the C API.</summary>
internal static class NativeText
{
    /// <summary>The text in UTF-8 with a zero at its end.</summary>
    public static byte[] Of(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
