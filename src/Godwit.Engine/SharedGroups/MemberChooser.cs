using Godwit.Engine.Messages;

namespace Godwit.Engine.SharedGroups;

/// <summary>Picks the member for the next message, among those that are connected and have credit left.</summary>
internal static class MemberChooser
{
    public static GroupMember? Choose(SharedGroup group, SharedGroupStrategy strategy, ulong topicHash, int credit) => strategy switch
    {
        SharedGroupStrategy.LeastInFlight => LeastInFlight(group, credit),
        SharedGroupStrategy.Sticky => FirstFrom(group, Math.Max(0, group.LastChosen), credit),
        SharedGroupStrategy.HashByTopic => ByHash(group, topicHash, credit),
        _ => FirstFrom(group, group.LastChosen + 1, credit),
    };

    private static bool IsFree(GroupMember member, int credit) => member.IsOnline && member.InFlight < credit;

    private static GroupMember? FirstFrom(SharedGroup group, int start, int credit)
    {
        int count = group.Members.Count;
        for (int i = 0; i < count; i++)
        {
            int place = (start + i) % count;
            if (IsFree(group.Members[place], credit))
            {
                group.LastChosen = place;
                return group.Members[place];
            }
        }

        return null;
    }

    private static GroupMember? LeastInFlight(SharedGroup group, int credit)
    {
        GroupMember? best = null;
        int count = group.Members.Count;
        int start = group.LastChosen + 1;
        for (int i = 0; i < count; i++)
        {
            // Start behind the last one, so that equal members take turns.
            int place = (start + i) % count;
            var member = group.Members[place];
            if (IsFree(member, credit) && (best is null || member.InFlight < best.InFlight))
            {
                best = member;
                group.LastChosen = place;
            }
        }

        return best;
    }

    // Rendezvous hashing over the connected members: when one leaves, only its topics move. A chosen member without credit
    // is waited for, since handing its topic to another would break the promise.
    private static GroupMember? ByHash(SharedGroup group, ulong topicHash, int credit)
    {
        GroupMember? best = null;
        ulong bestWeight = 0;
        foreach (var member in group.Members)
        {
            if (member.IsOnline)
            {
                ulong weight = TopicHash.Compute(member.Subscription.Session.ClientIdentifier, topicHash);
                if (best is null || weight > bestWeight)
                {
                    best = member;
                    bestWeight = weight;
                }
            }
        }

        return best is not null && best.InFlight < credit ? best : null;
    }
}
