using Godwit.Client;

await using var client = await MqttClient.ConnectAsync(args is [var url] ? url : "mqtt://127.0.0.1");
await foreach (var message in await client.SubscribeAsync("garden/#"))
    Console.WriteLine($"{message.Topic}: {message.GetPayloadText()}");
