namespace Godwit.LoadBench.Brokers;

/// <summary>How a broker is started.</summary>
/// <param name="Name">The name in the table.</param>
/// <param name="Command">A shell command; <c>{port}</c> and <c>{dir}</c> (an empty directory of this run) are filled in.</param>
/// <param name="Preparation">What load.sh does before: build, publish (project, output) or install (directory), relative to the root; null for nothing.</param>
/// <param name="Missing">Why it cannot be started on this machine; null when it can.</param>
/// <param name="DurableCommand">The command for rows with persistent sessions; null: the same.</param>
/// <param name="Configuration">What is written to <c>{dir}/broker.conf</c> before the start; null for no file.</param>
/// <param name="Note">What one has to know of its figures; null for nothing.</param>
internal sealed record BrokerSpec(
    string Name, string Command, string? Preparation, string? Missing, string? Configuration, string? DurableCommand = null, string? Note = null);
