using System.Globalization;
using System.Runtime.CompilerServices;
using Godwit.Broker;
using Godwit.Broker.Hooks;
using Godwit.Broker.Hosting;
using Godwit.Protocol;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddGodwitBroker(builder.Configuration.GetSection("Godwit")).AddPublishInterceptor<NumbersOnly>();
var app = builder.Build();

// POST /garden/temperature?value=21.5 publishes to all clients.
app.MapPost("/garden/{sensor:alpha}", async (string sensor, double value, EmbeddedBroker broker, CancellationToken cancellation) =>
{
    var message = BrokerMessage.FromText($"garden/{sensor}", value.ToString(CultureInfo.InvariantCulture), QualityOfService.AtLeastOnce);
    var reason = await broker.PublishAsync(message, cancellation);
    return reason.Describe();
});

// GET /garden streams what clients publish, as server-sent events.
app.MapGet("/garden", (EmbeddedBroker broker) => TypedResults.ServerSentEvents(ReadAsync(broker, app.Lifetime.ApplicationStopping)));

app.Run();

static async IAsyncEnumerable<string> ReadAsync(
    EmbeddedBroker broker, CancellationToken stopping, [EnumeratorCancellation] CancellationToken cancellation = default)
{
    await using var subscription = await broker.SubscribeAsync("garden/#", cancellation: cancellation);
    await using var ending = stopping.Register(() => subscription.DisposeAsync().AsTask());
    await foreach (var message in subscription.WithCancellation(cancellation))
        yield return $"{message.Topic}: {message.GetPayloadText()}";
}

// Clients may publish numbers alone; a 5.0 client that tries something else is told why.
internal sealed class NumbersOnly : IPublishInterceptor
{
    public ValueTask<PublishDecision> InterceptAsync(PublishContext context, CancellationToken cancellation) =>
        ValueTask.FromResult(double.TryParse(context.Message.Payload.Span, CultureInfo.InvariantCulture, out _)
            ? PublishDecision.Continue
            : PublishDecision.Refuse(ReasonCode.PayloadFormatInvalid));
}
