namespace Godwit.Client.Streams;

/// <summary>A wait that has ended: woken after the client's lock is released, so that who wakes up does not run into it.</summary>
internal interface ICompletion
{
    void Complete();
}
