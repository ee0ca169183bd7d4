using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Godwit.Crash;

/// <summary>The clients on Paho Python, in a process of their own (paho_peers.py).</summary>
internal sealed class PahoPeers : IAsyncDisposable
{
    // Debian's interpreter: the package python3-paho-mqtt is not seen by others.
    private const string Python = "/usr/bin/python3";

    private readonly Ledger _ledger;
    private readonly Process _process;
    private readonly Dictionary<string, Receiver> _receivers;
    private readonly HashSet<string> _known = [];
    private readonly HashSet<string> _publishing;
    private readonly HashSet<string> _subscribing;
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private bool _isQuitting;

    private PahoPeers(Ledger ledger, Process process, IReadOnlyCollection<PahoPublisher> publishers, IReadOnlyCollection<PahoSubscriber> subscribers)
    {
        _ledger = ledger;
        _process = process;
        _receivers = subscribers.ToDictionary(one => one.Name, one => one.Receiver);
        _publishing = [.. publishers.Select(one => one.Name)];
        _subscribing = [.. _receivers.Keys];
        _errors = process.StandardError.ReadToEndAsync();
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>All subscriptions are acknowledged.</summary>
    internal Task Subscribed => _subscribed.Task;

    /// <summary>Everything that was published is acknowledged; after <see cref="Drain"/>.</summary>
    internal Task Drained => _drained.Task;

    /// <summary>Whether the interpreter and the library are there.</summary>
    internal static bool IsInstalled()
    {
        if (!File.Exists(Python))
        {
            return false;
        }

        using var probe = Process.Start(new ProcessStartInfo(Python, ["-c", "import paho.mqtt.client"]) { RedirectStandardError = true })!;
        probe.WaitForExit();
        return probe.ExitCode == 0;
    }

    internal static PahoPeers Start(Ledger ledger, int port, int seed, IReadOnlyCollection<PahoPublisher> publishers, IReadOnlyCollection<PahoSubscriber> subscribers)
    {
        string script = Path.Combine(AppContext.BaseDirectory, $"paho_peers-{Environment.ProcessId}.py");
        using (var source = typeof(PahoPeers).Assembly.GetManifestResourceStream("paho_peers.py")!)
        using (var target = File.Create(script))
        {
            source.CopyTo(target);
        }

        string settings = JsonSerializer.Serialize(new
        {
            port,
            seed,
            publishers = publishers.Select(one => new
            {
                name = one.Name,
                version = one.Version,
                rate = one.Rate,
                window = 15,
                topics = one.Topics.Select(topic => new { name = topic.Name, qos = topic.QoS, retain = topic.IsRetained }),
            }),
            subscribers = subscribers.Select(one => new
            {
                name = one.Name,
                version = one.Version,
                leaves = one.Leaves,
                filters = one.Receiver.Filters.Select(
                    filter => new { filter = one.Receiver.GroupName.Length > 0 ? $"$share/{one.Receiver.GroupName}/{filter.Filter}" : filter.Filter, qos = filter.QoS }),
            }),
        });
        var start = new ProcessStartInfo(Python, [script, settings]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        return new PahoPeers(ledger, Process.Start(start)!, publishers, subscribers);
    }

    /// <summary>Publishers begin.</summary>
    internal void Publish() => _process.StandardInput.WriteLine("publish");

    /// <summary>Publishers send nothing new; subscribers stay.</summary>
    internal void Drain() => _process.StandardInput.WriteLine("drain");

    public async ValueTask DisposeAsync()
    {
        _isQuitting = true;
        if (!_process.HasExited)
        {
            try
            {
                await _process.StandardInput.WriteLineAsync("quit");
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It has just ended.
            }

            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited)
            {
                _process.Kill();
            }
        }

        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Handle(line.Split(' '), line);
        }

        if (!_isQuitting)
        {
            var error = new CrashException($"the Paho clients ended: {await _errors}");
            _subscribed.TrySetException(error);
            _drained.TrySetException(error);
        }
    }

    private void Handle(string[] words, string line)
    {
        string name = words[1];
        switch (words[0])
        {
            case "c":
                if (!_known.Add(name) && words[2] == "0")
                {
                    _ledger.Violate($"session: the broker has forgotten {name} at {Ledger.Time(_ledger.Now)}");
                }

                break;
            case "s":
                int number = _ledger.Find(words[2])!.Send(_ledger.Now);
                if (number != int.Parse(words[3], CultureInfo.InvariantCulture))
                {
                    _ledger.Violate($"{name} counts {words[3]} where {number} is due");
                }

                break;
            case "a":
                _ledger.Find(words[2])!.Settle(int.Parse(words[3], CultureInfo.InvariantCulture), _ledger.Now);
                break;
            case "r":
                _receivers[name].Receive(name, words[2], words[5], int.Parse(words[3], CultureInfo.InvariantCulture), words[4] == "1");
                break;
            case "u":
                Finish(_subscribing, name, _subscribed);
                break;
            case "d":
                Finish(_publishing, name, _drained);
                break;
            default:
                _ledger.Violate(line);
                break;
        }
    }

    private static void Finish(HashSet<string> open, string name, TaskCompletionSource all)
    {
        open.Remove(name);
        if (open.Count == 0)
        {
            all.TrySetResult();
        }
    }
}
