using System.Globalization;
using System.Text;

namespace Godwit.Crash.Tests.Trace;

/// <summary>
/// Finds in a trace each PUBACK and PUBREC that a broker sent, and asks whether the message was in a log before, and that part of the log synced.
/// Messages carry <see cref="Marker"/> of their packet identifier, which is unique.
/// </summary>
internal sealed class SyncOrder
{
    private const string MarkerStart = "MARK";
    private const int MarkerDigits = 5;
    private const int PubAck = 4;
    private const int PubRec = 5;

    private readonly Dictionary<int, string> _logs = [];
    private readonly Dictionary<int, List<byte>> _sockets = [];
    private readonly Dictionary<int, (string Log, int End)> _writes = [];
    private readonly List<(string Log, int Begin, int End)> _syncs = [];
    private readonly List<(int PacketIdentifier, int Type, int Begin)> _answers = [];

    private SyncOrder()
    {
    }

    /// <summary>How many acknowledgements the trace has.</summary>
    internal int Acknowledgements => _answers.Count;

    /// <summary>How many syncs of logs.</summary>
    internal int Syncs => _syncs.Count;

    internal static string Marker(int packetIdentifier) => string.Create(CultureInfo.InvariantCulture, $"{MarkerStart}{packetIdentifier:00000}");

    internal static SyncOrder Read(IEnumerable<string> lines)
    {
        var order = new SyncOrder();
        foreach (var call in TraceReader.Read(lines))
        {
            order.Take(call);
        }

        return order;
    }

    /// <summary>What is wrong with the order of each acknowledgement; empty when nothing is.</summary>
    internal IReadOnlyList<string> FindFaults(bool needsSync)
    {
        var faults = new List<string>();
        foreach (var (packetIdentifier, type, begin) in _answers)
        {
            string answer = $"{(type == PubAck ? "PUBACK" : "PUBREC")} {packetIdentifier} in line {begin}";
            if (!_writes.TryGetValue(packetIdentifier, out var write))
            {
                faults.Add($"{answer}: its message was never written to a log");
            }
            else if (write.End >= begin)
            {
                faults.Add($"{answer}: its message was written in line {write.End}, not before");
            }
            else if (needsSync && !_syncs.Any(sync => sync.Log == write.Log && sync.Begin > write.End && sync.End < begin))
            {
                faults.Add($"{answer}: no sync of the log between the write in line {write.End} and the answer");
            }
        }

        return faults;
    }

    private void Take(SystemCall call)
    {
        switch (call.Name)
        {
            case "openat" or "open" when call.Result >= 0:
                _sockets.Remove((int)call.Result);
                _logs.Remove((int)call.Result);
                string path = Encoding.UTF8.GetString((call with { Result = long.MaxValue }).ReadBytes());
                if (path.EndsWith(".log", StringComparison.Ordinal))
                {
                    _logs.Add((int)call.Result, path);
                }

                break;
            case "close":
                _sockets.Remove(call.File);
                _logs.Remove(call.File);
                break;
            case "write" or "pwrite64" or "writev" or "pwritev" when call.Result > 0 && _logs.TryGetValue(call.File, out string? log):
                NoteMarkers(call, log);
                break;
            case "fdatasync" or "fsync" when call.Result == 0 && _logs.TryGetValue(call.File, out string? log):
                _syncs.Add((log, call.Begin, call.End));
                break;
            case "sendto" or "sendmsg" or "write" or "writev" when call.Result > 0:
                NoteSent(call);
                break;
        }
    }

    private void NoteMarkers(SystemCall call, string log)
    {
        string text = Encoding.Latin1.GetString(call.ReadBytes());
        for (int at = text.IndexOf(MarkerStart, StringComparison.Ordinal); at >= 0; at = text.IndexOf(MarkerStart, at + 1, StringComparison.Ordinal))
        {
            int digits = at + MarkerStart.Length;
            if (digits + MarkerDigits <= text.Length && int.TryParse(text.AsSpan(digits, MarkerDigits), NumberStyles.None, CultureInfo.InvariantCulture, out int packetIdentifier))
            {
                _writes[packetIdentifier] = (log, call.End);
            }
        }
    }

    // A stream of packets per connection; what does not begin with CONNACK is no connection of a client.
    private void NoteSent(SystemCall call)
    {
        byte[] bytes = call.ReadBytes();
        if (!_sockets.TryGetValue(call.File, out var stream))
        {
            if (bytes[0] != 0x20)
            {
                return;
            }

            _sockets.Add(call.File, stream = []);
        }

        stream.AddRange(bytes);
        int start = 0;
        while (TryMeasure(stream, start, out int body, out int end))
        {
            int type = stream[start] >> 4;
            if (type is PubAck or PubRec)
            {
                _answers.Add(((stream[body] << 8) | stream[body + 1], type, call.Begin));
            }

            start = end;
        }

        stream.RemoveRange(0, start);
    }

    private static bool TryMeasure(List<byte> stream, int start, out int body, out int end)
    {
        int length = 0;
        end = 0;
        for (body = start + 1; body < stream.Count && body <= start + 4; body++)
        {
            length |= (stream[body] & 0x7F) << (7 * (body - start - 1));
            if (stream[body] < 0x80)
            {
                body++;
                end = body + length;
                return end <= stream.Count;
            }
        }

        return false;
    }
}
