using System.Reflection;

namespace Godwit.Testing;

/// <summary>Where the repository lies that these tests were built from.</summary>
public static class RepositoryFiles
{
    /// <summary>The folder of Godwit.slnx, whatever it is called.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The build configuration of the tests ("Release"), which is taken for the broker too.</summary>
    public static string Configuration { get; } =
        typeof(RepositoryFiles).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Release";

    /// <summary>An absolute path from one relative to the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Godwit.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no Godwit.slnx above {AppContext.BaseDirectory}");
    }
}
