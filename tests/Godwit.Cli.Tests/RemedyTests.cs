using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli.Tests;

public class RemedyTests
{
    [Fact]
    public void Every_reason_that_one_can_do_something_about_has_a_remedy()
    {
        ReasonCode[] without =
        [
            ReasonCode.UnspecifiedError, ReasonCode.MalformedPacket, ReasonCode.ProtocolError, ReasonCode.ImplementationSpecificError,
            ReasonCode.PacketIdentifierInUse, ReasonCode.PacketIdentifierNotFound, ReasonCode.ReceiveMaximumExceeded,
            ReasonCode.UseAnotherServer, ReasonCode.ServerMoved, // by the reference to the other server
            ReasonCode.MaximumConnectTime, ReasonCode.SubscriptionIdentifiersNotSupported,
        ];
        foreach (var reason in Enum.GetValues<ReasonCode>().Where(reason => reason.IsFailure()))
        {
            Assert.True(CommandErrors.FindRemedy(reason) is null == without.Contains(reason), reason.ToString());
        }
    }

    [Fact]
    public void A_broker_that_closes_instead_of_answering_may_not_speak_the_version() =>
        Assert.Contains("-V 3.1.1", CommandErrors.FindRemedy(new MqttConnectException("closed")), StringComparison.Ordinal);
}
