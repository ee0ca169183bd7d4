namespace Godwit.Load.Engine;

internal enum LinkState : byte
{
    Closed,
    Connecting,
    AwaitsConnAck,
    AwaitsSubAck,
    Ready,
}
