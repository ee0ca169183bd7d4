using System.Runtime.InteropServices;

namespace Godwit.Broker.Listeners;

/// <summary>Counts connections in all and per address. Used by all loops: the lock is held for one look-up per connection opened or closed.</summary>
internal sealed class AcceptLimiter(int connectionsMax, int perAddressMax)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerKey, int> _perAddress = [];
    private int _open;
    private long _refused;

    /// <summary>Connections in all that are let in.</summary>
    public int ConnectionsMax => connectionsMax;

    /// <summary>Connections per address that are let in; <see cref="int.MaxValue"/>: not limited.</summary>
    public int PerAddressMax => perAddressMax;

    /// <summary>Connections open now; a recent value.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Connections turned away so far; a recent value.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public AcceptVerdict TryEnter(PeerKey peer)
    {
        lock (_gate)
        {
            if (_open >= connectionsMax)
            {
                _refused++;
                return AcceptVerdict.TotalReached;
            }

            if (perAddressMax != int.MaxValue)
            {
                ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_perAddress, peer, out _);
                if (count >= perAddressMax)
                {
                    _refused++;
                    return AcceptVerdict.AddressReached;
                }

                count++;
            }

            _open++;
            return AcceptVerdict.Admitted;
        }
    }

    public void Leave(PeerKey peer)
    {
        lock (_gate)
        {
            _open--;
            if (perAddressMax == int.MaxValue)
            {
                return;
            }

            ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(_perAddress, peer);
            if (--count == 0)
            {
                _perAddress.Remove(peer);
            }
        }
    }
}
