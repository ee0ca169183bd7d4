namespace Godwit.Protocol;

/// <summary>When a subscription gets retained messages (5.0 section 3.8.3.1). The value is the one on the wire; 3 is a protocol error.</summary>
public enum RetainHandling : byte
{
    /// <summary>At every SUBSCRIBE, also one that replaces a subscription. The only behaviour of 3.1 and 3.1.1.</summary>
    SendAtSubscribe = 0,

    /// <summary>Only when the subscription did not exist before.</summary>
    SendAtSubscribeIfNew = 1,

    /// <summary>Never.</summary>
    DoNotSend = 2,
}
