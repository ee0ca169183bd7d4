using System.Diagnostics.CodeAnalysis;
using Godwit.Conformance.Wire;

namespace Godwit.Conformance;

/// <summary>What a check has to work with: connections, names that nobody else uses, expectations. Cleans up behind the check.</summary>
public sealed class CheckContext : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<RawMqttClient> _clients = [];
    private readonly Dictionary<string, MqttVersion> _sessions = [];
    private readonly List<string> _retained = [];

    /// <summary>For one run of one check.</summary>
    public CheckContext(BrokerAddress broker, MqttVersion version, BrokerFacts facts, CheckCredentials? credentials = null)
    {
        Broker = broker;
        Version = version;
        Facts = facts;
        Credentials = credentials;
    }

    /// <summary>The broker under test.</summary>
    public BrokerAddress Broker { get; }

    /// <summary>The protocol level of the check.</summary>
    public MqttVersion Version { get; }

    /// <summary>True for 5.0.</summary>
    public bool IsV5 => Version == MqttVersion.V50;

    /// <summary>What the broker says of itself.</summary>
    public BrokerFacts Facts { get; }

    /// <summary>User name and password for brokers with accounts.</summary>
    public CheckCredentials? Credentials { get; }

    /// <summary>Long enough to conclude that something which a broker would do at once is not coming. Prefer a round trip (<see cref="RawMqttClient.PingAsync"/>).</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>A client identifier of this check's own: 1 to 23 letters and digits.</summary>
    public static string NewClientId() => Unique.Name("c");

    /// <summary>A topic of this check's own, one level.</summary>
    public static string NewTopic() => Unique.Name("t");

    /// <summary>A topic of this check's own on which it leaves a retained message: cleared at the end.</summary>
    public string NewRetainedTopic()
    {
        string topic = NewTopic();
        ClearsRetained(topic);
        return topic;
    }

    /// <summary>The retained message of this topic is cleared at the end.</summary>
    public void ClearsRetained(string topic) => _retained.Add(topic);

    /// <summary>CONNECT fields with a client identifier, the check's version and the credentials.</summary>
    public ConnectFields Fields(string? clientId = null) => new()
    {
        Version = Version,
        ClientId = clientId ?? NewClientId(),
        UserName = Credentials?.UserName,
        Password = Credentials?.Password,
    };

    /// <summary>CONNECT fields for a session that outlives its connection; it is ended when the check is over.</summary>
    public ConnectFields PersistentFields(string? clientId = null, bool cleanStart = false)
    {
        var fields = Fields(clientId) with { CleanStart = cleanStart, SessionExpiry = Version == MqttVersion.V50 ? 300 : null };
        _sessions[fields.ClientId] = Version;
        return fields;
    }

    /// <summary>Opens a TCP connection and says nothing.</summary>
    public async Task<RawMqttClient> OpenAsync(int receiveBuffer = 0)
    {
        var client = await RawMqttClient.OpenAsync(Broker, Version, receiveBuffer);
        lock (_gate)
        {
            _clients.Add(client);
        }

        return client;
    }

    /// <summary>A connected client with a clean session.</summary>
    public Task<RawMqttClient> ConnectAsync(string? clientId = null) => ConnectAsync(Fields(clientId));

    /// <summary>A connected client.</summary>
    public async Task<RawMqttClient> ConnectAsync(ConnectFields fields, int receiveBuffer = 0)
    {
        var client = await RawMqttClient.ConnectAsync(Broker, fields, receiveBuffer);
        lock (_gate)
        {
            _clients.Add(client);
            if (!fields.CleanStart || fields.SessionExpiry > 0)
            {
                _sessions[fields.ClientId] = fields.Version;
            }
        }

        return client;
    }

    /// <summary>Sends the bytes on a connection of its own, without CONNECT, and expects the broker to close without accepting.</summary>
    public async Task ExpectConnectRefusedAsync(byte[] connect, params int[] reasonCodes)
    {
        var client = await OpenAsync();
        await client.SendAsync(connect);
        if (await client.TryReceiveAsync() is { } answer)
        {
            Expect(answer.Type == PacketType.ConnAck && answer.ReasonCode != 0, $"a refusal or the end of the connection, got {answer}");
            Expect(!answer.SessionPresent, $"Session Present 0 in a refusal, got {answer}");
            Expect(
                reasonCodes.Length == 0 || reasonCodes.Contains(answer.ReasonCode),
                $"CONNACK with {string.Join(" or ", reasonCodes.Select(code => $"0x{code:X2}"))}, got {answer}");
            await client.ExpectClosedAsync();
        }
    }

    /// <summary>
    /// A connected client sends these bytes, and the broker has to end its connection: in 5.0 with or without a DISCONNECT, which if it comes has
    /// one of the reason codes (none given: any failure), before 5.0 without a word.
    /// </summary>
    public async Task ExpectClosedAfterAsync(byte[] bytes, params int[] reasonCodes)
    {
        var client = await ConnectAsync();
        await ExpectClosedAfterAsync(client, bytes, reasonCodes);
    }

    /// <summary>As the other overload, for a client that is connected already. Packets that come before the end are not looked at.</summary>
    public async Task ExpectClosedAfterAsync(RawMqttClient client, byte[] bytes, params int[] reasonCodes)
    {
        await client.SendAsync(bytes);
        var packet = await client.TryReceiveAsync();
        if (packet is null)
        {
            return;
        }

        Expect(IsV5 && packet.Type == PacketType.Disconnect && packet.ReasonCode >= 0x80, $"the end of the connection{(IsV5 ? ", perhaps behind a DISCONNECT with a failure" : "")}, got {packet}");
        Expect(
            reasonCodes.Length == 0 || reasonCodes.Contains(packet.ReasonCode),
            $"DISCONNECT with {string.Join(" or ", reasonCodes.Select(code => $"0x{code:X2}"))}, got {packet}");
        await client.ExpectClosedAsync();
    }

    /// <summary>Makes all the cases at the same time, each with connections of its own; the failure names every case that failed.</summary>
    public static async Task ExpectEachAsync(IEnumerable<(string Name, Func<Task> Run)> cases)
    {
        var failures = await Task.WhenAll(cases.Select(async each =>
        {
            try
            {
                await each.Run();
                return null;
            }
            catch (MqttExpectationException error)
            {
                return $"{each.Name}: {error.Message}";
            }
        }));
        string[] failed = [.. failures.OfType<string>()];
        if (failed.Length > 0)
        {
            throw new MqttExpectationException(string.Join("; ", failed));
        }
    }

    /// <summary>Nothing may have come for this client: shown by a round trip, after <see cref="Quiet"/> for what other clients caused.</summary>
    public async Task ExpectNothingAsync(RawMqttClient client)
    {
        await Task.Delay(Quiet);
        await client.PingAsync();
    }

    /// <summary>Throws when the condition does not hold.</summary>
    /// <param name="condition">What has to be.</param>
    /// <param name="expected">What was expected and what came, in words that follow "expected".</param>
    public static void Expect([DoesNotReturnIf(false)] bool condition, string expected)
    {
        if (!condition)
        {
            throw new MqttExpectationException($"expected {expected}");
        }
    }

    /// <summary>The check cannot be made with this broker when the condition holds.</summary>
    public static void NotApplicableWhen([DoesNotReturnIf(true)] bool condition, string reason)
    {
        if (condition)
        {
            throw new NotApplicableException(reason);
        }
    }

    /// <summary>Closes the connections, ends the sessions, clears the retained messages.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "What cannot be cleaned up does not change the result.")]
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        try
        {
            foreach (var (clientId, version) in _sessions)
            {
                await using var client = await RawMqttClient.ConnectAsync(Broker, Fields(clientId) with { Version = version, CleanStart = true });
                await client.DisconnectAsync();
            }

            if (_retained.Count > 0)
            {
                await using var client = await RawMqttClient.ConnectAsync(Broker, Fields() with { Version = MqttVersion.V311 });
                foreach (string topic in _retained)
                {
                    await client.SendAsync(Packet.Publish(MqttVersion.V311, topic, "", retain: true));
                }

                await client.PingAsync();
            }
        }
        catch (Exception)
        {
            // The broker is broken enough that the check has said so.
        }
    }
}
