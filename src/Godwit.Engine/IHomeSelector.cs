namespace Godwit.Engine;

/// <summary>Chooses the loop on which a new session will live.</summary>
public interface IHomeSelector
{
    /// <summary>Called on the loop of <paramref name="acceptingShard"/>; answers a shard index.</summary>
    int ChooseHome(int acceptingShard);
}
