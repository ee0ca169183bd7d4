namespace Godwit.Load.Engine;

internal enum LinkRole : byte
{
    /// <summary>Connects and stays silent.</summary>
    Silent,

    /// <summary>Connects and publishes.</summary>
    Publisher,

    /// <summary>Connects and subscribes.</summary>
    Subscriber,
}
