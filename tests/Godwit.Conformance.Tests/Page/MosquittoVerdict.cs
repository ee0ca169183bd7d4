namespace Godwit.Conformance.Tests.Page;

/// <summary>What a difference between mosquitto and the kit is.</summary>
internal enum MosquittoVerdict
{
    /// <summary>It does other than the standard says, or tolerates what the standard calls malformed or a protocol error.</summary>
    Deviation,

    /// <summary>As <see cref="Deviation"/>, where nobody who keeps to the standard is worse off.</summary>
    Harmless,
}
