using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(BrokerCells))]
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 4)]
