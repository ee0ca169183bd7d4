namespace Godwit.Load;

internal enum LinkState : byte
{
    Closed,
    Connecting,
    AwaitsConnAck,
    AwaitsSubAck,
    Ready,
}
