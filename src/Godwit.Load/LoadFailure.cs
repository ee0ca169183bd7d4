namespace Godwit.Load;

/// <summary>Why a run cannot go on.</summary>
public enum LoadFailure
{
    /// <summary>The machine or this process lacks something; the message says what.</summary>
    System,

    /// <summary>No TCP connection comes about.</summary>
    Unreachable,

    /// <summary>Connections are made and not served in time, or closed instead.</summary>
    NoAnswer,

    /// <summary>The broker refused a connection, a subscription or, with a DISCONNECT, to go on: <see cref="LoadException.ReasonCode"/> says why.</summary>
    Refused,

    /// <summary>The broker closed a connection without a word.</summary>
    Closed,

    /// <summary>The broker sent what it must not, or delivered what was not published.</summary>
    Misbehaved,

    /// <summary>The broker says that it does not do what the scenario needs.</summary>
    Unsupported,

    /// <summary>The process may not open so many files.</summary>
    OpenFiles,

    /// <summary>All ports of the source addresses are taken.</summary>
    Ports,

    /// <summary>A source address does not belong to this machine.</summary>
    SourceAddress,
}
