namespace Godwit.Engine.Connections;

/// <summary>
/// Answers that wait for the store: they leave in the order in which the packets arrived that they answer ([MQTT-4.6.0-2]
/// and its sisters), so one that needs no commit still waits behind one that does. A ring that exists only while needed.
/// </summary>
internal struct AcknowledgementQueue
{
    private PendingAcknowledgement[]? _ring;
    private int _first;

    public int Count { get; private set; }

    public void Enqueue(in PendingAcknowledgement acknowledgement)
    {
        _ring ??= new PendingAcknowledgement[16];
        if (Count == _ring.Length)
        {
            var larger = new PendingAcknowledgement[Count * 2];
            for (int i = 0; i < Count; i++)
            {
                larger[i] = _ring[(_first + i) & (_ring.Length - 1)];
            }

            _ring = larger;
            _first = 0;
        }

        _ring[(_first + Count++) & (_ring.Length - 1)] = acknowledgement;
    }

    /// <summary>Takes the first answer if its batch is committed.</summary>
    public bool TryDequeue(long committedTicket, out PendingAcknowledgement acknowledgement)
    {
        if (Count == 0 || _ring![_first].Ticket > committedTicket)
        {
            acknowledgement = default;
            return false;
        }

        acknowledgement = _ring[_first];
        _ring[_first] = default;
        _first = (_first + 1) & (_ring.Length - 1);
        Count--;
        return true;
    }
}
