using Godwit.Cli.Tests;

[assembly: AssemblyFixture(typeof(Mosquitto))]
