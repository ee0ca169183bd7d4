namespace Godwit.Broker.Options;

/// <summary>On which loop a new session lives.</summary>
public enum LoopPlacement : byte
{
    /// <summary>On the first loop that is not more than 60 per cent busy: messages seldom hop between loops.</summary>
    Fill,

    /// <summary>On each loop in turn.</summary>
    RoundRobin,
}
