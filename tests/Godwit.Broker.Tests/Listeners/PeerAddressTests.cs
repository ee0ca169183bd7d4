using System.Net;
using Godwit.Broker.Listeners;

namespace Godwit.Broker.Tests.Listeners;

public sealed class PeerAddressTests
{
    [Theory]
    [InlineData("192.0.2.10", "192.0.2.10:51000")]
    [InlineData("::ffff:192.0.2.10", "192.0.2.10:51000")]
    [InlineData("2001:db8::1", "[2001:db8::1]:51000")]
    [InlineData("::1", "[::1]:51000")]
    public void It_is_written_with_its_port(string address, string expected) =>
        Assert.Equal(expected, Peer(address).ToString());

    [Fact]
    public void An_IPv4_address_is_counted_by_itself_in_either_form()
    {
        Assert.Equal(Peer("192.0.2.10").Key, Peer("::ffff:192.0.2.10").Key);
        Assert.NotEqual(Peer("192.0.2.10").Key, Peer("192.0.2.11").Key);
    }

    [Fact]
    public void An_IPv6_address_is_counted_with_its_network()
    {
        Assert.Equal(Peer("2001:db8:1:2::1").Key, Peer("2001:db8:1:2:ffff:ffff:ffff:ffff").Key);
        Assert.NotEqual(Peer("2001:db8:1:2::1").Key, Peer("2001:db8:1:3::1").Key);
    }

    private static PeerAddress Peer(string address) => PeerAddress.FromEndPoint(new IPEndPoint(IPAddress.Parse(address), 51000));
}
