using System.Diagnostics;

namespace Godwit.Crash.Tests.Shim;

/// <summary>Builds losewrites.c with the machine's C compiler.</summary>
internal static class LossLibrary
{
    private static readonly string[] Compilers = ["/usr/bin/gcc", "/usr/bin/cc", "/usr/bin/clang"];

    /// <summary>A C compiler, or null.</summary>
    internal static string? Compiler { get; } = OperatingSystem.IsLinux() ? Compilers.FirstOrDefault(File.Exists) : null;

    /// <returns>The library's path.</returns>
    internal static async Task<string> BuildAsync()
    {
        string source = Path.Combine(AppContext.BaseDirectory, "losewrites.c");
        string library = Path.Combine(AppContext.BaseDirectory, "losewrites.so");
        using (var resource = typeof(LossLibrary).Assembly.GetManifestResourceStream("losewrites.c")!)
        using (var file = File.Create(source))
        {
            await resource.CopyToAsync(file);
        }

        var start = new ProcessStartInfo(Compiler!, ["-O1", "-Wall", "-fPIC", "-shared", "-o", library, source, "-ldl", "-lpthread"]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
        return library;
    }
}
