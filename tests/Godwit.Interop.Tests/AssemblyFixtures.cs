using Godwit.Interop.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(BrokerCells))]
[assembly: AssemblyFixture(typeof(ScriptRuns))]
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 4)]
