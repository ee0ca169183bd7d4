using Godwit.Micro;

const string Usage = """
    Measures the engine by itself: no sockets, no threads, one shard.

      godwit-micro    time and allocated bytes per publish; exits with 1 if a steady state allocates

    What it costs as sessions, subscriptions and retained messages grow: bench/scale.sh.
    """;

if (args is [] or ["steady"])
{
    return SteadyState.Run();
}

Console.WriteLine(Usage);
return args is ["--help"] or ["-h"] ? 0 : 2;
