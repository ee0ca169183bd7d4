namespace Godwit.Conformance.Statements;

/// <content>MQTT 3.1.1.</content>
public static partial class NotObservable
{
    private static (string Id, string Reason)[] V311 =>
    [
    ];
}
