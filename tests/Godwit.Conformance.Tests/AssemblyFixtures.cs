[assembly: AssemblyFixture(typeof(BrokerCells))]
