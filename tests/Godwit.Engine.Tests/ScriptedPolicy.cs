using System.Text;
using Godwit.Engine.Access;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>Answers at once, or keeps its questions until the test answers them.</summary>
internal sealed class ScriptedPolicy(AccessScope scope) : IAccessPolicy
{
    private readonly Queue<(AccessQuestion Question, AccessDecision Decision)> _waiting = new();

    /// <summary>Every answer is given late.</summary>
    public bool IsLate { get; set; }

    public Func<string, AccessDecision> OnConnect { get; set; } = _ => AccessDecision.Allowed;

    public Func<string, string, AccessDecision> OnPublish { get; set; } = (_, _) => AccessDecision.Allowed;

    public Func<string[], AccessDecision> OnSubscribe { get; set; } = _ => AccessDecision.Allowed;

    public Func<string, string, AccessDecision> OnReceive { get; set; } = (_, _) => AccessDecision.Allowed;

    public AccessScope Scope => scope;

    public int WaitingCount => _waiting.Count;

    public int AskedCount { get; private set; }

    public AccessDecision DecideConnect(AccessQuestion question, in ConnectRequest request) =>
        Settle(question, OnConnect(Encoding.UTF8.GetString(request.ClientIdentifier)));

    public AccessDecision DecidePublish(AccessQuestion question, in MessageView message) =>
        Settle(question, OnPublish(Encoding.UTF8.GetString(message.Topic), Encoding.UTF8.GetString(message.Payload)));

    public AccessDecision DecideSubscribe(AccessQuestion question, in SubscribePacket packet)
    {
        List<string> filters = [];
        foreach (var item in packet)
        {
            filters.Add(Encoding.UTF8.GetString(item.Filter));
        }

        return Settle(question, OnSubscribe([.. filters]));
    }

    public AccessDecision DecideReceive(AccessQuestion question, in MessageView message) =>
        Settle(question, OnReceive(Encoding.UTF8.GetString(message.Topic), Encoding.UTF8.GetString(message.Payload)));

    /// <summary>Gives the late answers, oldest first, until none is due.</summary>
    public void AnswerAll(World world)
    {
        world.Settle();
        while (AnswerOne(world))
        {
        }
    }

    public bool AnswerOne(World world)
    {
        if (!_waiting.TryDequeue(out var waiting))
        {
            return false;
        }

        world.Core.Answer(waiting.Question, waiting.Decision);
        world.Settle();
        return true;
    }

    private AccessDecision Settle(AccessQuestion question, AccessDecision decision)
    {
        AskedCount++;
        if (!IsLate)
        {
            return decision;
        }

        _waiting.Enqueue((question, decision));
        return AccessDecision.Later;
    }
}
