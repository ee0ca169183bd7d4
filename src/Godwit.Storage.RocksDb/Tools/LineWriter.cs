using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Engine.Durability;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>Writes JSON objects, one a line.</summary>
internal sealed class LineWriter(Stream output) : IDisposable
{
    private const int BufferedMax = 256 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private Utf8JsonWriter? _json;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public Utf8JsonWriter Begin(string type)
    {
        if (_json is null)
        {
            _json = new Utf8JsonWriter(_buffer, Options);
        }
        else
        {
            _json.Reset();
        }

        _json.WriteStartObject();
        _json.WriteString("type", type);
        return _json;
    }

    public void End()
    {
        _json!.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= BufferedMax)
        {
            Flush();
        }
    }

    /// <summary>Bytes under their name where they are text, else in base64 under <c>nameBase64</c>.</summary>
    public static void WriteBytes(Utf8JsonWriter json, string name, ReadOnlySpan<byte> value)
    {
        if (System.Text.Unicode.Utf8.IsValid(value))
        {
            json.WriteString(name, value);
        }
        else
        {
            json.WriteBase64String(name + "Base64", value);
        }
    }

    /// <summary>The parts of a message; its expiry is already a time of day.</summary>
    public static void WriteMessage(Utf8JsonWriter json, scoped in StoredMessage message)
    {
        WriteBytes(json, "topic", message.Topic);
        json.WriteNumber("qos", (int)message.QoS);
        json.WriteBoolean("retain", message.Retain);
        if (message.ExpiresAt != long.MaxValue)
        {
            json.WriteNumber("expiresAt", message.ExpiresAt);
        }

        if (message.RetainSequence != 0)
        {
            json.WriteNumber("retainSequence", message.RetainSequence);
        }

        WriteBytes(json, "publisher", message.Publisher);
        if (!message.Properties.IsEmpty)
        {
            json.WriteBase64String("propertiesBase64", message.Properties);
        }

        WriteBytes(json, "payload", message.Payload);
    }

    public void Dispose()
    {
        Flush();
        output.Flush();
        _json?.Dispose();
    }

    private void Flush()
    {
        output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}
