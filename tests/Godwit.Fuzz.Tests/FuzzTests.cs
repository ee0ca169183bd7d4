using Godwit.Fuzz.Targets;
using Godwit.Protocol;

namespace Godwit.Fuzz.Tests;

/// <summary>A short run of every target without coverage. The long one is tests/Fuzz/fuzz.sh.</summary>
public sealed class FuzzTests
{
    public static TheoryData<string> Targets() => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory, MemberData(nameof(Targets))]
    public void Corpus_breaks_no_oracle(string name)
    {
        var target = FuzzTargets.Find(name)!;
        int count = 0;
        foreach (byte[] input in target.Seeds())
        {
            Run(target, input);
            count++;
        }

        Assert.True(count >= 30, $"only {count} inputs to start from");
    }

    [Theory, MemberData(nameof(Targets))]
    public void Mutated_inputs_break_no_oracle(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var mutator = new Mutator([.. target.Seeds()], seed: 7);
        int rounds = target is DecoderTarget ? 40_000 : 5_000;
        for (int round = 0; round < rounds; round++)
        {
            Run(target, mutator.Next());
        }
    }

    [Fact]
    public void Mutated_inputs_reach_both_outcomes_of_the_decoders()
    {
        var target = new DecoderTarget(ProtocolVersion.Mqtt5, PacketSender.Client);
        var mutator = new Mutator([.. target.Seeds()], seed: 3);
        for (int round = 0; round < 10_000; round++)
        {
            target.Run(mutator.Next());
        }

        Assert.True(target.Packets > 500 && target.Faults > 5_000, $"{target.Packets} packets, {target.Faults} faults");
    }

    [Fact]
    public void Same_seed_gives_the_same_inputs()
    {
        byte[][] seeds = [.. FuzzTargets.All[0].Seeds()];
        var first = new Mutator(seeds, seed: 5);
        var second = new Mutator(seeds, seed: 5);
        for (int round = 0; round < 100; round++)
        {
            Assert.Equal(first.Next(), second.Next());
        }
    }

    [Theory]
    [InlineData("engine-1", "000012100E00044D5154540400003C00026331C000")] // PINGRESP came before the CONNACK that waited for its commit
    public void Inputs_that_have_found_something_break_no_oracle_any_more(string name, string hex) => Run(FuzzTargets.Find(name)!, Convert.FromHexString(hex));

    [Theory]
    [InlineData("engine-1", "0000021000")] // CONNECT without a body
    [InlineData("engine-2", "00030210")] // half a fixed header, then the end
    [InlineData("client-5.0", "01000220000000")] // CONNACK without a body
    [InlineData("decode-5.0-server", "")]
    public void Inputs_that_end_anywhere_are_taken(string name, string hex) => Run(FuzzTargets.Find(name)!, Convert.FromHexString(hex));

    private static void Run(IFuzzTarget target, byte[] input)
    {
        try
        {
            target.Run(input);
        }
        catch (Exception exception)
        {
            Assert.Fail($"dotnet run --project tests/Fuzz -c Release -- replay {target.Name} {Convert.ToHexString(input)}\n{exception}");
        }
    }
}
