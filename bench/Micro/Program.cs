using Godwit.Micro;

const string Usage = """
    Measures the engine by itself: no sockets, no threads, one shard.

      godwit-micro steady          time and allocated bytes per publish; exits with 1 if a steady state allocates
      godwit-micro subscriptions   match time and memory with 1,000,000 subscriptions
      godwit-micro                 both
    """;

switch (args)
{
    case []:
        SubscriptionScale.Run();
        return SteadyState.Run();
    case ["steady"]:
        return SteadyState.Run();
    case ["subscriptions"]:
        SubscriptionScale.Run();
        return 0;
    default:
        Console.WriteLine(Usage);
        return args is ["--help"] or ["-h"] ? 0 : 2;
}
