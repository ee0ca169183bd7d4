using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Cli.Tests;

/// <summary>What the options of the connection make of the CONNECT packet, seen by a server that reads it and closes.</summary>
public class ConnectTests
{
    [Theory]
    [InlineData("-u me -P secret", "me|secret")]
    [InlineData("-u me --pw=secret", "me|secret")]
    [InlineData("-u me", "me|of-the-environment")]
    [InlineData("-i x", "x")]
    public async Task Credentials_and_identifier(string arguments, string expected)
    {
        var packet = await ReadConnectAsync(arguments.Split(' '));
        byte[] fields = [.. expected.Split('|').SelectMany(field => (byte[])[0, (byte)field.Length, .. Encoding.UTF8.GetBytes(field)])];
        Assert.Equal(Convert.ToHexString(fields), Convert.ToHexString(packet)[^(2 * fields.Length)..]);
    }

    [Theory]
    [InlineData("-D connect request-problem-information 0", "1700")]
    [InlineData("-D connect request-response-information 1", "1901")]
    [InlineData("-D connect receive-maximum 7", "210007")]
    [InlineData("-D connect maximum-packet-size 1000", "27000003E8")]
    [InlineData("-D connect topic-alias-maximum 3", "220003")]
    [InlineData("-D connect session-expiry-interval 9", "1100000009")]
    [InlineData("-x 9", "1100000009")]
    [InlineData("-x -1", "11FFFFFFFF")]
    [InlineData("-c -i x", "11FFFFFFFF")]
    [InlineData("-c -i x -x 5", "1100000005")]
    [InlineData("-D connect user-property a b", "2600016100" + "0162")]
    [InlineData("--will-topic w -D will will-delay-interval 5", "1800000005")]
    public async Task Properties(string arguments, string expected) =>
        Assert.Contains(expected, Convert.ToHexString(await ReadConnectAsync(arguments.Split(' '))), StringComparison.Ordinal);

    [Theory]
    [InlineData("-k 7", 0x02, 7)]
    [InlineData("-k 0 -i x -c", 0x00, 0)]
    [InlineData("--will-topic w", 0x06, 60)]
    [InlineData("--will-topic w --will-qos 1 --will-retain", 0x2E, 60)]
    [InlineData("-u me -P x", 0xC2, 60)]
    public async Task Flags_and_keep_alive(string arguments, int flags, int keepAlive)
    {
        var packet = await ReadConnectAsync(arguments.Split(' '));
        Assert.Equal((flags, keepAlive), (packet[9], (packet[10] << 8) | packet[11]));
    }

    [Theory]
    [InlineData("3.1.1", 4)]
    [InlineData("mqttv311", 4)]
    [InlineData("5", 5)]
    public async Task Version(string version, int level) => Assert.Equal(level, (await ReadConnectAsync("-V", version))[8]);

    private static async Task<byte[]> ReadConnectAsync(params string[] arguments)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string[] command = ["GODWIT_PASSWORD=of-the-environment", RunningProcess.Godwit, "pub", "-h", "127.0.0.1", "-p", $"{((IPEndPoint)listener.LocalEndpoint).Port}"];
        await using var running = RunningProcess.Start("/usr/bin/env", [.. command, "-t", "a", "-m", "x", .. arguments]);
        using var accepted = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        var packet = new byte[1024];
        var length = 0;
        do
        {
            length += await accepted.ReceiveAsync(packet.AsMemory(length), TestContext.Current.CancellationToken);
        }
        while (length < 2 || length < packet[1] + 2); // short packets alone: one byte of length
        accepted.Close();
        Assert.Equal(1, (await running.WaitAsync()).ExitCode);
        return packet[..length];
    }
}
