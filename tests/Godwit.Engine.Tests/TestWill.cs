using Godwit.Protocol;

namespace Godwit.Engine.Tests;

internal sealed record TestWill(
    string Topic, string Payload, QualityOfService QoS = QualityOfService.AtMostOnce, bool Retain = false, uint DelaySeconds = 0);
