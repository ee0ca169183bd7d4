namespace Godwit.Broker.Loops.Epoll;

/// <summary>A socket known by its descriptor.</summary>
internal sealed class EpollTransport(int descriptor) : Transport
{
    private AcknowledgementPace _pace;

    /// <summary>The file descriptor, −1 once closed.</summary>
    public int Descriptor { get; set; } = descriptor;

    /// <summary>The events that the kernel has been asked for.</summary>
    public uint Interest { get; set; }

    public override bool ClosesWithoutReset => true;

    public ref AcknowledgementPace Pace => ref _pace;
}
