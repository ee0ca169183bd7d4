return await Godwit.Cli.CommandLine.RunAsync(args);
