namespace Godwit.Conformance.Statements;

/// <content>MQTT 5.0.</content>
public static partial class NotObservable
{
    private static (string Id, string Reason)[] V50 =>
    [
    ];
}
