[assembly: AssemblyFixture(typeof(BrokerCells))]
[assembly: AssemblyFixture(typeof(Godwit.Conformance.Tests.KitRuns))]
