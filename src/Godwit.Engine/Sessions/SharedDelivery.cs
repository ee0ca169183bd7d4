using Godwit.Engine.Messages;
using Godwit.Engine.SharedGroups;
using Godwit.Protocol;

namespace Godwit.Engine.Sessions;

/// <summary>A message that a shared group has handed to one member. The holder owns one reference to the message.</summary>
internal readonly record struct SharedDelivery(GroupMember Member, long Index, Message Message, QualityOfService QoS);
