namespace Godwit.Engine.Journals;

/// <summary>What an acknowledged message survives.</summary>
public enum DurabilityLevel : byte
{
    /// <summary>Nothing: state lives in the process.</summary>
    Memory,

    /// <summary>A crash of the process: written to the operating system before the acknowledgement.</summary>
    Os,

    /// <summary>Loss of power: on stable storage before the acknowledgement.</summary>
    Fsync,
}
